//! The implementations of `Dispatch` and `DispatchSync`: each action is given to its method.
//! The trait with these methods is `handler`'s.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::Ident;

use super::{Bodies, Expansion, binding, content, mixed};
use crate::ast::{Action, Content};
use crate::name;

impl Expansion<'_> {
    /// `impl Dispatch for ToServer`, whose handlers are async.
    pub(super) fn dispatch(&self) -> TokenStream {
        let body = self.body(|| self.calls(&quote_spanned!(mixed()=> .await)));
        self.implement_dispatch(&body)
    }

    /// `impl DispatchSync for ToClient`, whose handlers are plain functions.
    pub(super) fn dispatch_sync(&self) -> TokenStream {
        let private = &self.private;
        let handler = name::handler(&self.actions.ident);
        let body = self.body(|| self.calls(&TokenStream::new()));
        let items = quote_spanned! {mixed()=>
            fn dispatch_sync(self, __handler: &mut __Handler) -> #private::Result {
                #body
            }
        };
        let parameter = quote_spanned!(mixed()=> __Handler: #handler);
        self.implement(&quote_spanned!(mixed()=> #private::DispatchSync<__Handler>), Some(parameter), &items)
    }

    /// `impl Dispatch for ToClient`, so that a channel takes it as well.
    pub(super) fn dispatch_through_sync(&self) -> TokenStream {
        let private = &self.private;
        let body = self.body(
            || quote_spanned!(mixed()=> <Self as #private::DispatchSync<__Handler>>::dispatch_sync(self, __handler)),
        );
        self.implement_dispatch(&body)
    }

    fn implement_dispatch(&self, body: &TokenStream) -> TokenStream {
        let private = &self.private;
        let handler = name::handler(&self.actions.ident);
        // Not an `async fn`: it would move the action once more, from its argument to a variable. And where the enum has lifetimes, which is
        // an error that is told elsewhere, it could not hold it.
        let capture = match self.bodies {
            Bodies::Real => quote_spanned!(mixed()=> async move),
            Bodies::Unreachable => quote_spanned!(mixed()=> async),
        };
        let items = quote_spanned! {mixed()=>
            #[inline]
            fn dispatch(
                self,
                __handler: &mut __Handler,
            ) -> impl ::core::future::Future<Output = #private::Result> + ::core::marker::Send {
                #capture { #body }
            }
        };
        let parameter = quote_spanned!(mixed()=> __Handler: #handler + ::core::marker::Send);
        self.implement(&quote_spanned!(mixed()=> #private::Dispatch<__Handler>), Some(parameter), &items)
    }

    /// Calls the method of each action.
    fn calls(&self, after: &TokenStream) -> TokenStream {
        let handler = name::handler(&self.actions.ident);
        let arms = self.actions.actions.iter().map(|Action { ident, method, content: held, .. }| {
            let (pattern, arguments) = match held {
                Content::Fields(fields) => {
                    let bindings: Vec<Ident> =
                        fields.iter().enumerate().map(|(index, field)| binding(index, field)).collect();
                    let fields = fields.iter().map(|field| &field.ident);
                    (quote_spanned!(mixed()=> { #(#fields: #bindings),* }), bindings)
                }
                Content::Flat(flat) => {
                    let content = content(flat);
                    (quote_spanned!(mixed()=> (#content)), vec![content])
                }
                Content::Several(_) => return TokenStream::new(),
            };
            quote_spanned! {mixed()=>
                Self::#ident #pattern => <__Handler as #handler>::#method(__handler #(, #arguments)*) #after,
            }
        });
        quote_spanned!(mixed()=> match self { #(#arms)* })
    }
}

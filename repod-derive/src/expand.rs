//! The code that the derive writes. The only place with `quote!`; its submodules write one function or item each.
//! It trusts what it is given: `valid` has checked it, or `fallback` has left out what is wrong.
//!
//! Every path is full and every call names its type, so that nothing in the user's scope can change what the code means.
//! Invented names have the span of the macro, which hides the user's variables from them, and two underscores, because a constant
//! or a static would still be taken for the variable.

mod check;
mod decode;
mod dispatch;
mod encode;
mod handler;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned;
use syn::{GenericParam, Ident};

use crate::ast::{Action, Actions, Field, Flat, Handlers};

/// Writes everything for an enum that is right.
pub(crate) fn expand(actions: &Actions) -> TokenStream {
    Expansion::new(actions, actions.actions.iter().collect(), Bodies::Real).items()
}

/// Writes the errors of an enum that is wrong, and what keeps the compiler from complaining that the rest is not there:
/// the same items, with methods for the actions in `handled` alone and with bodies that cannot be reached.
pub(crate) fn stub(actions: &Actions, handled: Vec<&Action>, error: &syn::Error) -> TokenStream {
    let mut items = error.to_compile_error();
    items.extend(Expansion::new(actions, handled, Bodies::Unreachable).items());
    items
}

struct Expansion<'a> {
    actions: &'a Actions,
    /// The actions that have a method.
    handled: Vec<&'a Action>,
    bodies: Bodies,
    private: TokenStream,
}

/// Whether the functions do something.
#[derive(Clone, Copy)]
enum Bodies {
    Real,
    Unreachable,
}

impl<'a> Expansion<'a> {
    fn new(actions: &'a Actions, handled: Vec<&'a Action>, bodies: Bodies) -> Self {
        Self { actions, handled, bodies, private: private(actions, mixed()) }
    }

    fn items(&self) -> TokenStream {
        let mut items = self.action();
        items.extend(self.handler());
        match self.actions.handlers {
            Handlers::Async => items.extend(self.dispatch()),
            Handlers::Sync => {
                items.extend(self.dispatch_sync());
                items.extend(self.dispatch_through_sync());
            }
        }
        items
    }

    /// `impl Action for ToServer`.
    fn action(&self) -> TokenStream {
        let private = &self.private;
        let names = self.actions.actions.iter().map(|action| &action.name.text);
        let name = self.body(|| self.name());
        let cost = self.cost();
        let check = self.check();
        let encode = self.body(|| self.encode());
        let decode = self.body(|| self.decode());
        let decode_plain = self.body(|| self.decode_plain());
        let items = quote_spanned! {mixed()=>
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

            fn name(&self) -> &'static ::core::primitive::str {
                #name
            }

            #cost

            #check

            fn encode(
                &self,
                __writer: &mut #private::Writer<'_>,
            ) -> ::core::result::Result<(), #private::EncodeError> {
                #encode
            }

            fn decode(
                __message: &#private::Message<'_>,
            ) -> ::core::result::Result<Self, #private::DecodeError> {
                #decode
            }

            fn decode_plain(
                __reader: &mut #private::PlainReader<'_>,
            ) -> ::core::option::Option<Self> {
                #decode_plain
            }
        };
        self.implement(&quote_spanned!(mixed()=> #private::Action), None, &items)
    }

    /// The body of `name`.
    fn name(&self) -> TokenStream {
        let arms = self.actions.actions.iter().map(|Action { ident, name, .. }| {
            let name = &name.text;
            quote_spanned!(mixed()=> Self::#ident { .. } => #name,)
        });
        quote_spanned!(mixed()=> match self { #(#arms)* })
    }

    /// `fn cost`, if some actions cost more than others.
    fn cost(&self) -> Option<TokenStream> {
        let dear: Vec<_> = self.actions.actions.iter().filter(|action| action.cost > 1).collect();
        let arms =
            dear.iter().map(|Action { ident, cost, .. }| quote_spanned!(mixed()=> Self::#ident { .. } => #cost,));
        (!dear.is_empty()).then(|| {
            quote_spanned! {mixed()=>
                fn cost(&self) -> ::core::primitive::u32 {
                    #[allow(unreachable_patterns)]
                    match self { #(#arms)* _ => 1 }
                }
            }
        })
    }

    /// An implementation for the enum. `handler` is a type parameter with its bounds, for a trait that needs one.
    fn implement(&self, of: &TokenStream, handler: Option<TokenStream>, items: &TokenStream) -> TokenStream {
        let Actions { ident, generics, .. } = self.actions;
        let lints = lints(self.bodies);
        // A right enum has no generics. One that has gets its implementations, too, so that nothing complains that they are missing.
        let (_, arguments, _) = generics.split_for_impl();
        let parameters: Vec<_> = generics.params.iter().map(without_default).chain(handler).collect();
        let parameters = (!parameters.is_empty()).then(|| quote_spanned!(mixed()=> <#(#parameters),*>));
        let mut bounds: Vec<_> =
            generics.where_clause.iter().flat_map(|clause| &clause.predicates).map(ToTokens::to_token_stream).collect();
        if !generics.params.is_empty() {
            bounds.push(quote_spanned!(mixed()=> #ident #arguments: ::core::marker::Send + 'static));
        }
        let bounds = (!bounds.is_empty()).then(|| quote_spanned!(mixed()=> where #(#bounds),*));
        quote_spanned! {mixed()=>
            #[automatically_derived]
            #lints
            impl #parameters #of for #ident #arguments #bounds {
                #items
            }
        }
    }

    fn body(&self, real: impl FnOnce() -> TokenStream) -> TokenStream {
        match self.bodies {
            Bodies::Real => real(),
            Bodies::Unreachable => quote_spanned!(mixed()=> ::core::unreachable!()),
        }
    }
}

/// The module of `repod` that is made for this code.
fn private(actions: &Actions, span: Span) -> TokenStream {
    match &actions.library {
        Some(library) => quote_spanned!(span=> #library::__private),
        None => quote_spanned!(span=> ::repod::__private),
    }
}

/// The span of an invented name.
fn mixed() -> Span {
    Span::mixed_site()
}

/// The same, shown by the compiler at something that the user wrote.
fn at(shown: &impl Spanned) -> Span {
    mixed().located_at(shown.span())
}

/// What the compiler shall not say of the code: it would say it of the enum itself, or the user could not help it.
fn lints(bodies: Bodies) -> TokenStream {
    let unused = match bodies {
        Bodies::Real => None,
        Bodies::Unreachable => Some(quote_spanned!(mixed()=> unused,)),
    };
    quote_spanned! {mixed()=>
        #[allow(#unused nonstandard_style, clippy::all, clippy::nursery, clippy::pedantic)]
    }
}

/// The variable that holds a field. It stands where the field's type stands, for the compiler's errors about that type.
fn binding(index: usize, field: &Field) -> Ident {
    Ident::new(&format!("__field_{index}"), at(&field.ty))
}

/// The variable that holds what lies flat beside the action.
fn content(flat: &Flat) -> Ident {
    Ident::new("__content", at(&flat.ty))
}

fn without_default(parameter: &GenericParam) -> TokenStream {
    let mut parameter = parameter.clone();
    match &mut parameter {
        GenericParam::Type(parameter) => parameter.default = None,
        GenericParam::Const(parameter) => parameter.default = None,
        GenericParam::Lifetime(_) => {}
    }
    parameter.into_token_stream()
}

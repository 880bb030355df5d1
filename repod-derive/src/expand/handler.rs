//! The trait of the enum's handlers, with one method for each action, and what the compiler says of a type that lacks it.
//! The calls of these methods are `dispatch`'s.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Ident, Type};

use super::{Bodies, Expansion, at, lints, mixed, private};
use crate::ast::{Action, Actions, Content, Handlers};
use crate::name;

/// How many methods the compiler's advice names.
const METHODS_IN_ADVICE: usize = 12;

impl Expansion<'_> {
    pub(super) fn handler(&self) -> TokenStream {
        let Actions { ident, visibility, docs, .. } = self.actions;
        let handler = name::handler(ident);
        // With the space that a doc comment has before its text.
        let title = format!(" Handles the actions of [`{ident}`], with one method for each.");
        let between = (!docs.is_empty()).then(|| quote_spanned!(mixed()=> #[doc = ""]));
        let advice = self.advice(&handler);
        let lints = lints(self.bodies);
        let methods = self.handled.iter().map(|action| self.method(action));
        quote_spanned! {mixed()=>
            #[doc = #title]
            #between
            #(#docs)*
            #advice
            #lints
            #visibility trait #handler {
                #(#methods)*
            }
        }
    }

    fn advice(&self, handler: &Ident) -> TokenStream {
        let message = format!("`{{Self}}` does not handle the actions of `{}`", self.actions.ident);
        let label = format!("implement `{handler}` for `{{Self}}`");
        let mut methods: Vec<String> = self.handled.iter().map(|action| action.method.to_string()).collect();
        if methods.len() > METHODS_IN_ADVICE {
            let more = methods.split_off(METHODS_IN_ADVICE).len();
            methods.push(format!("and {more} more"));
        }
        let methods = methods.join(", ");
        let note = format!("write `impl {handler} for {{Self}}` with one method for each action: {methods}");
        quote_spanned!(mixed()=> #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)])
    }

    fn method(&self, action: &Action) -> TokenStream {
        let Action { name, method, docs, .. } = action;
        let title = docs.is_empty().then(|| {
            let title = format!(" Handles the action `{}`.", name.text);
            quote_spanned!(mixed()=> #[doc = #title])
        });
        let parameters = parameters(action).into_iter().map(|(parameter, ty)| {
            let ty = without_self(ty.to_token_stream(), &self.actions.ident);
            quote_spanned!(mixed()=> #parameter: #ty)
        });
        // The compiler shows the method when a handler lacks it or gets it wrong: it shall show the variant.
        let here = at(&action.ident);
        let private = private(self.actions, here);
        let output = match self.actions.handlers {
            Handlers::Async => quote_spanned! {here=>
                impl ::core::future::Future<Output = #private::Result> + ::core::marker::Send
            },
            Handlers::Sync => quote_spanned!(here=> #private::Result),
        };
        let body = match (self.bodies, self.actions.handlers) {
            (Bodies::Real, _) => quote_spanned!(here=> ;),
            (Bodies::Unreachable, Handlers::Async) => {
                quote_spanned!(here=> { async { ::core::unreachable!() } })
            }
            (Bodies::Unreachable, Handlers::Sync) => {
                quote_spanned!(here=> { ::core::unreachable!() })
            }
        };
        let signature = quote_spanned!(here=> fn #method(&mut self #(, #parameters)*) -> #output #body);
        quote_spanned! {mixed()=>
            #title
            #(#docs)*
            #[doc = ""]
            #[doc = " # Errors"]
            #[doc = ""]
            #[doc = " Any error: it is given to `on_error`."]
            #signature
        }
    }
}

/// What the method of an action is given.
fn parameters(action: &Action) -> Vec<(Ident, &Type)> {
    match &action.content {
        Content::Fields(fields) => fields.iter().map(|field| (field.ident.clone(), &field.ty)).collect(),
        Content::Flat(flat) => vec![(flat.parameter.clone(), &flat.ty)],
        Content::Several(fields) => {
            let parameter = |index| Ident::new(&format!("field_{index}"), mixed());
            let fields = fields.unnamed.iter().enumerate();
            fields.map(|(index, field)| (parameter(index), &field.ty)).collect()
        }
    }
}

/// A type of the enum for use in the trait, where `Self` is the handler.
fn without_self(ty: TokenStream, actions: &Ident) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut actions = actions.clone();
            actions.set_span(ident.span());
            TokenTree::Ident(actions)
        }
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), without_self(group.stream(), actions));
            replaced.set_span(group.span());
            TokenTree::Group(replaced)
        }
        token => token,
    };
    ty.into_iter().map(replace).collect()
}

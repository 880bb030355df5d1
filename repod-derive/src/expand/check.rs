//! `Action::check`: what is asked of the fields after they were decoded, and the calls of it.
//! The comparisons themselves are `repod`'s.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{ExprPath, Ident};

use super::{Expansion, at, binding, content, mixed};
use crate::ast::{Action, Content, Field};
use crate::attr::{Form, Range, Rules};

impl Expansion<'_> {
    /// `fn check`, if some actions have rules.
    pub(super) fn check(&self) -> Option<TokenStream> {
        let private = &self.private;
        let arms: Vec<_> = self
            .actions
            .actions
            .iter()
            .filter(|action| action.has_rules())
            .map(|ruled| self.check_action(ruled))
            .collect();
        (!arms.is_empty()).then(|| {
            let body = self.body(|| {
                quote_spanned! {mixed()=>
                    #[allow(unreachable_patterns)]
                    match self {
                        #(#arms)*
                        _ => ::core::result::Result::Ok(()),
                    }
                }
            });
            quote_spanned! {mixed()=>
                fn check(&self) -> ::core::result::Result<(), #private::DecodeError> {
                    #body
                }
            }
        })
    }

    /// An action that was decoded, as a result: with its rules checked, if it has any.
    pub(super) fn checked(&self, action: &Action, value: &TokenStream) -> TokenStream {
        if !action.has_rules() {
            return quote_spanned!(mixed()=> ::core::result::Result::Ok(#value));
        }
        let private = &self.private;
        quote_spanned! {mixed()=>
            let __action = #value;
            #private::Action::check(&__action)?;
            ::core::result::Result::Ok(__action)
        }
    }

    /// The same as an option: what is refused is read again by `decode`, which says why.
    pub(super) fn checked_plain(&self, action: &Action, value: &TokenStream) -> TokenStream {
        if !action.has_rules() {
            return quote_spanned!(mixed()=> ::core::option::Option::Some(#value));
        }
        let private = &self.private;
        quote_spanned! {mixed()=>
            let __action = #value;
            match #private::Action::check(&__action) {
                ::core::result::Result::Ok(()) => ::core::option::Option::Some(__action),
                ::core::result::Result::Err(_) => ::core::option::Option::None,
            }
        }
    }

    fn check_action(&self, action: &Action) -> TokenStream {
        let private = &self.private;
        let Action { ident, name, content: held, validate, .. } = action;
        let name = &name.text;
        let mut checks = TokenStream::new();
        let (pattern, arguments) = match held {
            Content::Fields(fields) => {
                let mut bindings = Vec::new();
                for (index, field) in fields.iter().enumerate() {
                    let (ident, binding) = (&field.ident, binding(index, field));
                    checks.extend(self.check_field(name, &binding, field));
                    if validate.is_some() || !field.rules.is_empty() {
                        bindings.push(quote_spanned!(mixed()=> #ident: #binding));
                    } else {
                        bindings.push(quote_spanned!(mixed()=> #ident: _));
                    }
                }
                let arguments = fields.iter().enumerate().map(|(index, field)| binding(index, field)).collect();
                (quote_spanned!(mixed()=> { #(#bindings),* }), arguments)
            }
            Content::Flat(flat) => {
                let content = content(flat);
                (quote_spanned!(mixed()=> (#content)), vec![content])
            }
            Content::Several(_) => return TokenStream::new(),
        };
        if let Some(function) = validate {
            let text = text(function);
            let verdict = call(function, arguments);
            checks.extend(quote_spanned!(mixed()=> #private::check_message(#name, #text, #verdict)?;));
        }
        quote_spanned! {mixed()=>
            Self::#ident #pattern => {
                #checks
                ::core::result::Result::Ok(())
            }
        }
    }

    fn check_field(&self, action: &str, binding: &Ident, field: &Field) -> TokenStream {
        let private = &self.private;
        let name = field.name();
        let Rules { range, max_len, validate } = &field.rules;
        let range = range.as_ref().map(|range| match range {
            Range::Constant(range) => {
                quote_spanned!(mixed()=> #private::check_range(#action, #name, #binding, &#range)?;)
            }
            Range::Written { range, form } => {
                let check = Ident::new(form.check(), mixed());
                quote_spanned!(mixed()=> #private::#check(#action, #name, #binding, || #range)?;)
            }
        });
        let max_len =
            max_len.as_ref().map(|max| quote_spanned!(mixed()=> #private::check_len(#action, #name, #binding, #max)?;));
        let validate = validate.as_ref().map(|function| {
            let text = text(function);
            let verdict = call(function, vec![binding.clone()]);
            quote_spanned!(mixed()=> #private::check_field(#action, #name, #text, #verdict)?;)
        });
        quote_spanned!(mixed()=> #range #max_len #validate)
    }
}

impl Form {
    /// The function of `repod` for a range of this form.
    fn check(self) -> &'static str {
        match self {
            Self::Between => "check_between",
            Self::BetweenInclusive => "check_between_inclusive",
            Self::From => "check_from",
            Self::Below => "check_below",
            Self::UpTo => "check_up_to",
        }
    }
}

/// Calls a function of the user's. All of the call stands where the function is named, for the compiler's errors about it.
fn call(function: &ExprPath, mut arguments: Vec<Ident>) -> TokenStream {
    let here = at(&function.path.segments.last());
    for argument in &mut arguments {
        argument.set_span(here);
    }
    quote_spanned!(here=> #function(#(#arguments),*))
}

/// A path as the user wrote it, without the spaces that tokens are shown with.
fn text(path: &ExprPath) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

//! The body of `Action::encode`: everything but the values is bytes that are known now.
//! Names of actions and fields were made before, in `name` and `attr`.

use proc_macro2::{Literal, TokenStream};
use quote::quote_spanned;
use syn::Ident;

use super::{Expansion, at, binding, content, mixed};
use crate::ast::{Action, Content, Field};
use crate::attr::Write;
use crate::wire::Bytes;

impl Expansion<'_> {
    pub(super) fn encode(&self) -> TokenStream {
        let arms = self.actions.actions.iter().map(|action| self.encode_action(action));
        quote_spanned!(mixed()=> match self { #(#arms)* })
    }

    fn encode_action(&self, action: &Action) -> TokenStream {
        let private = &self.private;
        let Action { ident, name, .. } = action;
        let name = &name.text;
        match &action.content {
            Content::Fields(fields) => {
                let pattern = fields.iter().enumerate().map(pattern);
                let written: Vec<_> = fields.iter().enumerate().filter_map(Written::of).collect();
                let body = if written.iter().all(|field| field.write.unless.is_none()) {
                    self.encode_always(name, &written)
                } else {
                    self.encode_sometimes(name, &written)
                };
                quote_spanned! {mixed()=>
                    Self::#ident { #(#pattern),* } => {
                        #body
                        ::core::result::Result::Ok(())
                    }
                }
            }
            Content::Flat(flat) => {
                let content = content(flat);
                quote_spanned! {mixed()=>
                    Self::#ident(#content) => #private::Writer::flat(__writer, #name, #content),
                }
            }
            Content::Several(_) => TokenStream::new(),
        }
    }

    /// Writes fields that are always there: what stands between two values is one piece of bytes.
    fn encode_always(&self, action: &str, fields: &[Written<'_>]) -> TokenStream {
        let private = &self.private;
        let mut body = TokenStream::new();
        let mut bytes = Bytes::default().map(1 + fields.len()).action(action);
        for field in fields {
            let key = Literal::byte_string(bytes.text(&field.write.name.text).as_slice());
            let value = self.encode_value(action, field);
            body.extend(quote_spanned!(mixed()=> #private::Writer::raw(__writer, #key); #value));
            bytes = Bytes::default();
        }
        if fields.is_empty() {
            let all = Literal::byte_string(bytes.as_slice());
            body.extend(quote_spanned!(mixed()=> #private::Writer::raw(__writer, #all);));
        }
        body
    }

    /// Writes fields of which some may be left out, so that they are counted first.
    fn encode_sometimes(&self, action: &str, fields: &[Written<'_>]) -> TokenStream {
        let private = &self.private;
        let mut counts = TokenStream::new();
        let mut entries = TokenStream::new();
        let mut always = 1_u32;
        for field in fields {
            let key = Literal::byte_string(Bytes::default().text(&field.write.name.text).as_slice());
            let value = self.encode_value(action, field);
            let entry = quote_spanned!(mixed()=> #private::Writer::raw(__writer, #key); #value);
            let Some(unless) = &field.write.unless else {
                always += 1;
                entries.extend(entry);
                continue;
            };
            let binding = &field.binding;
            let is_left_out = Ident::new(&format!("__is_left_out_{}", field.index), mixed());
            let condition = quote_spanned!(at(unless)=> #unless(#binding));
            counts.extend(quote_spanned! {mixed()=>
                let #is_left_out: ::core::primitive::bool = #condition;
                if !#is_left_out {
                    __keys += 1;
                }
            });
            entries.extend(quote_spanned!(mixed()=> if !#is_left_out { #entry }));
        }
        let always = Literal::u32_unsuffixed(always);
        let name = Literal::byte_string(Bytes::default().action(action).as_slice());
        quote_spanned! {mixed()=>
            let mut __keys = #always;
            #counts
            #private::Writer::map(__writer, __keys);
            #private::Writer::raw(__writer, #name);
            #entries
        }
    }

    fn encode_value(&self, action: &str, field: &Written<'_>) -> TokenStream {
        let private = &self.private;
        let Written { binding, write, .. } = field;
        let name = &write.name.text;
        match &write.function {
            Some(function) => {
                let call = quote_spanned!(at(function)=> #function(#binding, __serializer));
                quote_spanned!(mixed()=> #private::Writer::value_with(__writer, #action, #name, |__serializer| #call)?;)
            }
            None => {
                quote_spanned!(mixed()=> #private::Writer::value(__writer, #action, #name, #binding)?;)
            }
        }
    }
}

/// A field that is written, and the variable that holds it.
struct Written<'a> {
    index: usize,
    binding: Ident,
    write: &'a Write,
}

impl<'a> Written<'a> {
    fn of((index, field): (usize, &'a Field)) -> Option<Self> {
        let write = field.write.as_ref()?;
        Some(Self { index, binding: binding(index, field), write })
    }
}

fn pattern((index, field): (usize, &Field)) -> TokenStream {
    let ident = &field.ident;
    if field.write.is_none() {
        return quote_spanned!(mixed()=> #ident: _);
    }
    let binding = binding(index, field);
    quote_spanned!(mixed()=> #ident: #binding)
}

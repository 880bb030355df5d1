//! The body of `Action::decode`: finds the variant by its name, then takes its fields from the message's entries.
//! The message has been scanned, and what its values hold is judged by `repod`.

use proc_macro2::{Literal, TokenStream};
use quote::quote_spanned;
use syn::{ExprPath, Ident, Type};

use super::{Expansion, at, binding, mixed};
use crate::ast::{Action, Content, Field, Flat};
use crate::attr::{DefaultValue, Read};
use crate::name::WireName;
use crate::wire::Bytes;

impl Expansion<'_> {
    pub(super) fn decode(&self) -> TokenStream {
        let private = &self.private;
        let arms = self.actions.actions.iter().map(|action| {
            let name = bytes(&action.name);
            let value = match &action.content {
                Content::Fields(fields) => self.decode_fields(action, fields),
                Content::Flat(flat) => self.decode_flat(action, flat),
                Content::Several(_) => TokenStream::new(),
            };
            quote_spanned!(mixed()=> #name => { #value })
        });
        quote_spanned! {mixed()=>
            match #private::Message::action(__message).as_bytes() {
                #(#arms)*
                _ => ::core::result::Result::Err(#private::Message::unknown(__message)),
            }
        }
    }

    /// The body of `Action::decode_plain`: the variants whose fields can be read one behind the other, in the order of their declaration.
    pub(super) fn decode_plain(&self) -> TokenStream {
        let arms = self.actions.actions.iter().filter_map(|action| match &action.content {
            Content::Fields(fields) => self.decode_plain_fields(action, fields),
            Content::Flat(_) | Content::Several(_) => None,
        });
        let private = &self.private;
        quote_spanned! {mixed()=>
            match #private::PlainReader::action(__reader)? {
                #(#arms)*
                _ => ::core::option::Option::None,
            }
        }
    }

    /// `None` if a field is not simply read as its type.
    fn decode_plain_fields(&self, action: &Action, fields: &[Field]) -> Option<TokenStream> {
        let private = &self.private;
        let mut variables = TokenStream::new();
        let mut values = TokenStream::new();
        let mut keys = 1_u8;
        for (index, field) in fields.iter().enumerate() {
            let Field { ident, ty, is_lenient, read, .. } = field;
            let variable = binding(index, field);
            let value = match read {
                Read::Never(value) => default(value, ty),
                Read::Wire { names, function: None, .. } if !is_lenient && keys < LAST_SHORT_MAP => {
                    keys += 1;
                    let key = Literal::byte_string(Bytes::default().text(&names.first()?.text).as_slice());
                    variables.extend(quote_spanned! {mixed()=>
                        #private::PlainReader::key(__reader, #key)?;
                        let #variable = #private::PlainReader::value::<#ty>(__reader)?;
                    });
                    quote_spanned!(mixed()=> #variable)
                }
                Read::Wire { .. } => return None,
            };
            values.extend(quote_spanned!(mixed()=> #ident: #value,));
        }
        let (variant, name) = (&action.ident, bytes(&action.name));
        let checked = self.checked_plain(action, &quote_spanned!(mixed()=> Self::#variant { #values }));
        // The action is made when nothing can be wrong any more, so that it need not be moved.
        Some(quote_spanned! {mixed()=>
            (#keys, #name) => {
                #variables
                #private::PlainReader::end(__reader)?;
                #checked
            }
        })
    }

    fn decode_flat(&self, action: &Action, flat: &Flat) -> TokenStream {
        let private = &self.private;
        let variant = &action.ident;
        let Flat { ty, is_lenient, .. } = flat;
        let read = Ident::new(if *is_lenient { "read_flat_lenient" } else { "read_flat" }, mixed());
        let value = quote_spanned!(mixed()=> Self::#variant(#private::Message::#read::<#ty>(__message)?));
        self.checked(action, &value)
    }

    fn decode_fields(&self, action: &Action, fields: &[Field]) -> TokenStream {
        let private = &self.private;
        let variant = &action.ident;
        let mut variables = TokenStream::new();
        let mut arms = TokenStream::new();
        let mut values = TokenStream::new();
        for (index, field) in fields.iter().enumerate() {
            let Field { ident, ty, .. } = field;
            let value = match &field.read {
                Read::Never(value) => default(value, ty),
                Read::Wire { names, function, absent } => {
                    let variable = binding(index, field);
                    let read = self.decode_value(field, function.as_ref());
                    let names = names.iter().map(bytes);
                    let absent = self.decode_absent(field, function.as_ref(), absent.as_ref());
                    variables.extend(quote_spanned! {mixed()=>
                        let mut #variable: ::core::option::Option<#ty> = ::core::option::Option::None;
                    });
                    arms.extend(quote_spanned! {mixed()=>
                        #(#names)|* => #variable = ::core::option::Option::Some(#read?),
                    });
                    quote_spanned! {mixed()=>
                        match #variable {
                            ::core::option::Option::Some(__value) => __value,
                            ::core::option::Option::None => #absent,
                        }
                    }
                }
            };
            values.extend(quote_spanned!(mixed()=> #ident: #value,));
        }
        let entries = (!arms.is_empty()).then(|| {
            quote_spanned! {mixed()=>
                for __entry in #private::Message::entries(__message) {
                    match #private::Entry::key(&__entry) {
                        #arms
                        _ => {}
                    }
                }
            }
        });
        let checked = self.checked(action, &quote_spanned!(mixed()=> Self::#variant { #values }));
        quote_spanned! {mixed()=>
            #variables
            #entries
            #checked
        }
    }

    /// Reads the value of a field from an entry.
    fn decode_value(&self, field: &Field, function: Option<&ExprPath>) -> TokenStream {
        let private = &self.private;
        let Field { ty, is_lenient, .. } = field;
        if let Some(function) = function {
            let read = Ident::new(if *is_lenient { "read_lenient_with" } else { "read_with" }, mixed());
            let call = quote_spanned!(at(function)=> #function(__reader));
            return quote_spanned!(mixed()=> #private::Entry::#read(&__entry, |__reader| #call));
        }
        let read = Ident::new(if *is_lenient { "read_lenient" } else { "read" }, mixed());
        quote_spanned!(mixed()=> #private::Entry::#read::<#ty>(&__entry))
    }

    /// What a field is that the message does not have.
    fn decode_absent(&self, field: &Field, function: Option<&ExprPath>, value: Option<&DefaultValue>) -> TokenStream {
        let private = &self.private;
        let ty = &field.ty;
        let name = field.read_names().next().map(|name| &name.text);
        match (value, function) {
            (Some(value @ DefaultValue::From(_)), _) => {
                let value = default(value, ty);
                // With its type, so that the compiler points at a function that returns another one.
                quote_spanned!(mixed()=> { let __value: #ty = #value; __value })
            }
            (Some(value @ DefaultValue::OfType), _) => default(value, ty),
            (None, None) => {
                quote_spanned!(mixed()=> #private::Message::missing::<#ty>(__message, #name)?)
            }
            // As in serde's own derive: that an option may be missing is known to its `Deserialize`, which is not asked here.
            (None, Some(_)) => quote_spanned! {mixed()=>
                return ::core::result::Result::Err(#private::Message::missing_field(__message, #name))
            },
        }
    }
}

fn default(value: &DefaultValue, ty: &Type) -> TokenStream {
    match value {
        DefaultValue::OfType => {
            quote_spanned!(mixed()=> <#ty as ::core::default::Default>::default())
        }
        DefaultValue::From(function) => quote_spanned!(at(function)=> #function()),
    }
}

fn bytes(name: &WireName) -> Literal {
    Literal::byte_string(name.text.as_bytes())
}

/// How many keys the header of a map can hold in its one byte.
const LAST_SHORT_MAP: u8 = 15;

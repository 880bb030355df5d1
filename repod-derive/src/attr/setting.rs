//! [`Setting`]: one entry of an attribute's list, such as `sync` or `rename = "walk"`, whatever it means.
//! Each entry is read for itself, so that a broken one does not hide the mistakes in the others.

use std::fmt::Display;
use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Ident, Lit, LitInt, LitStr, Meta, Token};

use crate::error::Errors;

/// One entry of an attribute's list.
pub(crate) struct Setting {
    pub(crate) name: String,
    value: Value,
    tokens: TokenStream,
}

enum Value {
    /// `name`
    Absent,
    /// `name = "text"`
    Text(LitStr),
    /// `name(..)`
    List(TokenStream),
    /// `name = 5`
    Number(LitInt),
    /// `name = ` and something else.
    Other(TokenStream),
}

impl Setting {
    /// The entries of all attributes called `attribute`. A name that stands twice is a mistake, unless it is in `repeatable`.
    ///
    /// `example` is what the attribute could look like at this place.
    pub(crate) fn read(
        attributes: &[Attribute],
        attribute: &str,
        repeatable: &[&str],
        example: &str,
        errors: &mut Errors,
    ) -> Vec<Self> {
        let mut settings: Vec<Self> = Vec::new();
        for found in attributes.iter().filter(|found| found.path().is_ident(attribute)) {
            let Meta::List(list) = &found.meta else {
                errors.over(found, format!("`#[{attribute}]` needs settings in parentheses, as in {example}"));
                continue;
            };
            for setting in Self::entries(list.tokens.clone(), example, errors) {
                let is_known = settings.iter().any(|known| known.name == setting.name);
                if is_known && !repeatable.contains(&setting.name.as_str()) {
                    errors.over(&setting, format!("`{}` is given twice: remove one of them", setting.name));
                } else {
                    settings.push(setting);
                }
            }
        }
        settings
    }

    /// The entries of a list: those of an attribute, or those of one of its settings.
    fn entries(list: TokenStream, example: &str, errors: &mut Errors) -> Vec<Self> {
        let mut entries = Vec::new();
        let mut tokens = list.into_iter().peekable();
        while tokens.peek().is_some() {
            let entry: TokenStream = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
            match Self::parse.parse2(entry.clone()) {
                Ok(entry) => entries.push(entry),
                Err(_) if entry.is_empty() => {}
                Err(_) => errors.over(&entry, format!("this is not a setting: write it as in {example}")),
            }
        }
        entries
    }

    /// Whether the setting stands for itself, as a switch must.
    pub(crate) fn is_switch(&self, errors: &mut Errors) -> bool {
        let is_switch = matches!(self.value, Value::Absent);
        if !is_switch {
            errors.over(self, format!("`{0}` takes no value: write just `{0}`", self.name));
        }
        is_switch
    }

    /// The text of the setting, as a name must have it.
    pub(crate) fn text(&self, errors: &mut Errors) -> Option<&LitStr> {
        if let Value::Text(text) = &self.value {
            return Some(text);
        }
        errors.over(self, format!("`{0}` needs a text in quotes: write `{0} = \"..\"`", self.name));
        None
    }

    /// The setting as a whole number, if it is one.
    pub(crate) fn number<N: FromStr<Err: Display>>(&self) -> Option<N> {
        match &self.value {
            Value::Number(number) => number.base10_parse().ok(),
            _ => None,
        }
    }

    /// The setting as a number of at least 1.
    pub(crate) fn count(&self, errors: &mut Errors) -> Option<u32> {
        let count = self.number().filter(|count| *count > 0);
        if count.is_none() {
            errors.over(self, format!("`{0}` needs a whole number of at least 1: write `{0} = 5`", self.name));
        }
        count
    }

    /// What stands behind the `=`, if it is neither a text nor a whole number.
    pub(crate) fn other(&self) -> Option<&TokenStream> {
        match &self.value {
            Value::Other(tokens) => Some(tokens),
            _ => None,
        }
    }

    /// The text of the setting, read as code. `what` names what it must be.
    pub(crate) fn code<T: Parse>(&self, what: &str, errors: &mut Errors) -> Option<T> {
        self.code_with(T::parse, what, errors)
    }

    /// The text of the setting, read as code in a certain way. `what` names what it must be.
    pub(crate) fn code_with<P: Parser>(&self, parser: P, what: &str, errors: &mut Errors) -> Option<P::Output> {
        let text = self.text(errors)?;
        let code = text.parse_with(parser);
        if code.is_err() {
            errors.at(text.span(), format!("`{}` is not {what}", text.value()));
        }
        code.ok()
    }

    /// The text of the setting read as code, or `None` if the setting stands for itself.
    pub(crate) fn code_if_given<T: Parse>(&self, what: &str, errors: &mut Errors) -> Option<Option<T>> {
        match self.value {
            Value::Absent => Some(None),
            _ => self.code(what, errors).map(Some),
        }
    }

    /// The settings in the parentheses of this one, if it has parentheses.
    pub(crate) fn list(&self, example: &str, errors: &mut Errors) -> Option<Vec<Self>> {
        match &self.value {
            Value::List(list) => Some(Self::entries(list.clone(), example, errors)),
            _ => None,
        }
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let tokens = input.fork().parse()?;
        let name = input.call(Ident::parse_any)?.unraw().to_string();
        let value = if input.is_empty() {
            Value::Absent
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            let value: TokenStream = input.parse()?;
            match syn::parse2(value.clone()) {
                Ok(Lit::Str(text)) => Value::Text(text),
                Ok(Lit::Int(number)) => Value::Number(number),
                Err(_) if value.is_empty() => return Err(input.error("a value is missing")),
                Ok(_) | Err(_) => Value::Other(value),
            }
        } else {
            match input.parse()? {
                TokenTree::Group(list) if list.delimiter() == Delimiter::Parenthesis => Value::List(list.stream()),
                other => {
                    return Err(syn::Error::new_spanned(other, "expected `=` or parentheses"));
                }
            }
        };
        Ok(Self { name, value, tokens })
    }
}

impl ToTokens for Setting {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.tokens.clone());
    }
}

/// Names in backquotes, for an error message: "`sync`, `lenient`".
pub(crate) fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

//! What is written for an enum that is wrong: its errors, and what of it can be understood.
//! Without the rest, the compiler would add an error for each place where the enum or its handlers are used.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Field, GenericParam};

use crate::ast::{Action, Actions, Content};
use crate::expand;

/// Writes the errors and the stub of an enum.
pub(crate) fn expand(actions: &Actions, error: &syn::Error) -> TokenStream {
    let generic = generic_names(actions);
    let mut methods = HashSet::new();
    let handled = actions
        .actions
        .iter()
        .filter(|action| !mentions(types(action), &generic) && methods.insert(&action.method))
        .collect();
    expand::stub(actions, handled, error)
}

/// The names that mean something on the enum only, and not in the trait of its handlers.
fn generic_names(actions: &Actions) -> HashSet<String> {
    let parameters = &actions.generics.params;
    let mut names: HashSet<String> = parameters
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Lifetime(lifetime) => lifetime.lifetime.ident.to_string(),
            GenericParam::Type(ty) => ty.ident.to_string(),
            GenericParam::Const(constant) => constant.ident.to_string(),
        })
        .collect();
    if !names.is_empty() {
        names.insert("Self".to_owned());
    }
    names
}

/// The types that an action's method would name.
fn types(action: &Action) -> TokenStream {
    match &action.content {
        Content::Fields(fields) => fields.iter().map(|field| field.ty.to_token_stream()).collect(),
        Content::Flat(flat) => flat.ty.to_token_stream(),
        Content::Several(fields) => fields.unnamed.iter().map(|Field { ty, .. }| ty.to_token_stream()).collect(),
    }
}

fn mentions(tokens: TokenStream, names: &HashSet<String>) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => mentions(group.stream(), names),
        TokenTree::Ident(ident) => names.contains(&ident.to_string()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

//! The rules: what an enum must be so that its messages can be sent, and each be told from the others.
//! How attributes are spelled is `attr`'s concern. Every rule has a case in `tests/ui/fail`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericParam, Type};

use crate::ast::{Action, Actions, Content, Field, Kind};
use crate::attr::{Read, Write};
use crate::error::Errors;
use crate::name::WireName;

/// Methods that a channel or a client has anyway.
const LIFECYCLE: [&str; 7] =
    ["on_connect", "on_close", "on_error", "on_unknown", "on_suspend", "on_resume", "on_reconnecting"];

/// Types of std's whose values are no maps.
const NAMELESS: [&str; 23] = [
    "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64", "String", "Vec", "VecDeque", "HashSet", "BTreeSet", "PathBuf", "Duration",
];

/// What the names of the protocol's own messages begin with.
const RESERVED: &str = "repod.";

/// Reports everything that is wrong with the enum.
pub(crate) fn check(actions: &Actions, errors: &mut Errors) {
    check_kind(actions, errors);
    check_generics(actions, errors);
    for (index, action) in actions.actions.iter().enumerate() {
        let earlier = &actions.actions[..index];
        check_name(action, errors);
        check_method(action, errors);
        check_unlike(action, earlier, errors);
        check_content(action, actions, errors);
        check_rules(action, errors);
    }
}

fn check_kind(actions: &Actions, errors: &mut Errors) {
    let ident = &actions.ident;
    match &actions.kind {
        Kind::Struct(keyword) => {
            let message = format!(
                "only an enum can be a set of actions, with one variant for each message; if `{ident}` is what a variant holds, \
                 derive `repod::serde::Serialize` and `repod::serde::Deserialize` on it"
            );
            errors.over(keyword, message);
        }
        Kind::Union(keyword) => {
            errors.over(keyword, "only an enum can be a set of actions, with one variant for each message");
        }
        Kind::Enum if actions.actions.is_empty() => {
            let message = format!("`{ident}` has no actions: add a variant for each message, such as `Ping`");
            errors.at(ident.span(), message);
        }
        Kind::Enum => {}
    }
}

fn check_generics(actions: &Actions, errors: &mut Errors) {
    let generics = &actions.generics;
    if generics.params.is_empty() {
        if let Some(clause) = &generics.where_clause {
            errors.over(clause, "an enum of actions is not generic and has no bounds: remove the `where` clause");
        }
    } else if generics.params.iter().any(|parameter| matches!(parameter, GenericParam::Lifetime(_))) {
        let message = "a message owns its fields, it cannot borrow: \
                       remove the lifetime and use types such as `String` instead of `&str`";
        errors.over(generics, message);
    } else {
        let message = "an enum of actions cannot be generic, because both peers must know what is sent: \
                       remove the parameters and write the types themselves";
        errors.over(generics, message);
    }
}

fn check_name(action: &Action, errors: &mut Errors) {
    let WireName { text, span } = &action.name;
    if text.is_empty() {
        errors.at(*span, "an action needs a name: write it between the quotes");
    } else if text.starts_with(RESERVED) {
        let message = format!(
            "names that begin with `{RESERVED}` belong to the protocol itself: choose another name than `{text}`"
        );
        errors.at(*span, message);
    }
}

fn check_method(action: &Action, errors: &mut Errors) {
    if is_lifecycle(action) {
        let message = format!(
            "`{0}` is a method that every channel and client has: give this action another one with `#[action(method = \"{0}_action\")]`",
            action.method,
        );
        errors.at(action.method.span(), message);
    }
}

fn is_lifecycle(action: &Action) -> bool {
    LIFECYCLE.iter().any(|method| action.method == method)
}

/// Reports an action that cannot be told from an earlier one, by its name or by its method.
fn check_unlike(action: &Action, earlier: &[Action], errors: &mut Errors) {
    let Action { ident, name, method, .. } = action;
    let same_name = earlier.iter().find(|earlier| earlier.name.text == name.text);
    let same_method = earlier.iter().find(|earlier| earlier.method == *method && !is_lifecycle(earlier));
    match (same_name, same_method) {
        (None, None) => {}
        (Some(other), Some(_)) => {
            let message = format!(
                "`{}` and `{ident}` have the same name on the wire, `{}`, and the same method, `{method}`: rename one of the variants",
                other.ident, name.text,
            );
            errors.at(name.span, message);
        }
        (Some(other), None) => {
            let message = format!(
                "`{}` and `{ident}` have the same name on the wire, `{}`: give one of them another with `#[action(rename = \"..\")]`",
                other.ident, name.text,
            );
            errors.at(name.span, message);
        }
        (None, Some(other)) => {
            let message = format!(
                "`{}` and `{ident}` have the same method, `{method}`: give one of them another with `#[action(method = \"..\")]`",
                other.ident,
            );
            errors.at(method.span(), message);
        }
    }
}

fn check_content(action: &Action, actions: &Actions, errors: &mut Errors) {
    match &action.content {
        Content::Fields(fields) => {
            for (index, field) in fields.iter().enumerate() {
                check_field_names(field, errors);
                check_field_unlike(field, &fields[..index], errors);
                let is_written_by_type = matches!(&field.write, Some(Write { function: None, .. }));
                let is_read_by_type = matches!(&field.read, Read::Wire { function: None, .. });
                if is_written_by_type || is_read_by_type {
                    check_width(&field.ty, errors);
                }
                if is_read_by_type {
                    check_owned(&field.ty, actions, errors);
                }
            }
        }
        Content::Flat(flat) => {
            check_width(&flat.ty, errors);
            check_owned(&flat.ty, actions, errors);
            check_flat(&action.ident, &flat.ty, errors);
        }
        Content::Several(fields) => {
            let variant = &action.ident;
            let message = format!(
                "fields need names to be sent: write `{variant} {{ first: .., second: .. }}`, \
                 or `{variant}(Fields)` with a struct `Fields` that has them"
            );
            errors.over(fields, message);
        }
    }
}

/// Reports a check of nothing.
fn check_rules(action: &Action, errors: &mut Errors) {
    let has_nothing = matches!(&action.content, Content::Fields(fields) if fields.is_empty());
    if let Some(function) = action.validate.as_ref().filter(|_| has_nothing) {
        let message = format!("`{}` has no fields that could be checked: remove `validate`", action.ident);
        errors.over(function, message);
    }
}

fn check_field_names(field: &Field, errors: &mut Errors) {
    let names = || field.write.iter().map(|write| &write.name).chain(field.read_names());
    if let Some(name) = names().find(|name| name.text == "action") {
        let message = "the key `action` holds the name of the action: rename this field, or write `#[serde(rename = \"..\")]` above it";
        errors.at(name.span, message);
    }
    if let Some(name) = names().find(|name| name.text.is_empty()) {
        errors.at(name.span, "a field needs a name: write it between the quotes");
    }
}

/// Reports a field that cannot be told from an earlier one, written or read.
fn check_field_unlike(field: &Field, earlier: &[Field], errors: &mut Errors) {
    let clash = earlier.iter().find_map(|other| {
        let written = field
            .write
            .as_ref()
            .filter(|write| other.write.as_ref().is_some_and(|other| other.name.text == write.name.text));
        let mut read = field.read_names().filter(|name| other.read_names().any(|other| other.text == name.text));
        let name = written.map(|write| &write.name).or_else(|| read.next())?;
        Some((other, name))
    });
    if let Some((other, name)) = clash {
        let message = format!(
            "`{}` and `{}` have the same name on the wire, `{}`: give one of them a name of its own",
            other.ident, field.ident, name.text,
        );
        errors.at(name.span, message);
    }
}

/// Reports integers that MessagePack does not have, wherever they are in the type.
fn check_width(ty: &Type, errors: &mut Errors) {
    let is_too_wide =
        |token: &TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "u128" || ident == "i128");
    if let Some(found) = find(ty.to_token_stream(), &is_too_wide) {
        let message = format!(
            "MessagePack has no integers of 128 bits: use `{}`, or let `#[serde(with = \"..\")]` write a string",
            if found.to_string() == "u128" { "u64" } else { "i64" },
        );
        errors.over(&found, message);
    }
}

/// Reports values that cannot lie flat beside the action, as far as their type tells.
fn check_flat(variant: &Ident, ty: &Type, errors: &mut Errors) {
    let has_no_names = match ty {
        Type::Array(_) | Type::Slice(_) => true,
        Type::Tuple(tuple) => !tuple.elems.is_empty(),
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|last| NAMELESS.iter().any(|name| last.ident == name))
        }
        _ => false,
    };
    if has_no_names {
        let message = format!("what a message holds needs a name to be sent: write `{variant} {{ name: .. }}`");
        errors.over(ty, message);
    }
}

/// Reports references: what is decoded outlives the bytes that it came from.
fn check_owned(ty: &Type, actions: &Actions, errors: &mut Errors) {
    // With a lifetime on the enum, that is the mistake, and it has been reported.
    let is_reference = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '&');
    if actions.generics.params.is_empty() && find(ty.to_token_stream(), &is_reference).is_some() {
        errors.over(ty, "a message owns its fields, it cannot borrow: use a type such as `String` instead of `&str`");
    }
}

fn find(tokens: TokenStream, is_wanted: &impl Fn(&TokenTree) -> bool) -> Option<TokenTree> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => find(group.stream(), is_wanted),
        token => is_wanted(&token).then_some(token),
    })
}

//! The attributes of the derive: `#[action(..)]` on the enum, its variants and their fields, `#[serde(..)]` on the fields.
//! What is read here is well-formed and stands in its place; whether it makes sense with the rest is `valid`'s question.

mod action;
mod rule;
mod serde;
mod setting;

pub(crate) use action::{EnumSettings, FieldSettings, VariantSettings};
pub(crate) use rule::{Form, Range, Rules};
pub(crate) use serde::{DefaultValue, Read, Write, field, refuse};

//! `#[serde(..)]` on the fields of a variant: the settings that serde's own derive has there, with the same meaning.
//! On the enum and its variants, `#[serde(..)]` is refused: no code of serde's derive stands behind it.

use proc_macro2::Span;
use syn::{Attribute, ExprPath, Ident, PathSegment};

use super::setting::{Setting, listed};
use crate::error::Errors;
use crate::name::WireName;

/// The settings that a field takes.
pub(crate) const SETTINGS: [&str; 10] = [
    "default",
    "rename",
    "alias",
    "with",
    "serialize_with",
    "deserialize_with",
    "skip",
    "skip_serializing",
    "skip_deserializing",
    "skip_serializing_if",
];

const WITH_AND_MORE: &str = "`with` already stands for `serialize_with` and `deserialize_with`: remove one of them";

/// How a field is written.
pub(crate) struct Write {
    pub(crate) name: WireName,
    /// The function that writes it, if its `Serialize` does not.
    pub(crate) function: Option<ExprPath>,
    /// The function that says when it is left out.
    pub(crate) unless: Option<ExprPath>,
}

/// How a field is read.
pub(crate) enum Read {
    /// From the wire.
    Wire {
        /// The names it may have, its own name first.
        names: Vec<WireName>,
        /// The function that reads it, if its `Deserialize` does not.
        function: Option<ExprPath>,
        /// What it is when no name is there; `None` leaves that to its type.
        absent: Option<DefaultValue>,
    },
    /// Not at all.
    Never(DefaultValue),
}

/// A value that does not come from the wire.
pub(crate) enum DefaultValue {
    /// What the type's `Default` says.
    OfType,
    /// What this function returns.
    From(ExprPath),
}

/// Reads the attributes of a field; nothing is written with `skip_serializing`.
pub(crate) fn field(
    attributes: &[Attribute],
    ident: &Ident,
    variant: &Ident,
    errors: &mut Errors,
) -> (Option<Write>, Read) {
    let mut read = Settings::default();
    for setting in Setting::read(attributes, "serde", &["alias"], "`#[serde(default)]`", errors) {
        read.take(&setting, variant, errors);
    }
    read.finish(ident)
}

/// Reports every `#[serde(..)]` on something that does not take it.
pub(crate) fn refuse(attributes: &[Attribute], instead: &str, errors: &mut Errors) {
    for found in attributes.iter().filter(|found| found.path().is_ident("serde")) {
        errors.over(found, format!("`#[serde(..)]` does nothing here: {instead}"));
    }
}

/// The settings of one field as they are read, before they are put together.
#[derive(Default)]
struct Settings {
    serialize: Option<WireName>,
    deserialize: Option<WireName>,
    aliases: Vec<WireName>,
    default: Option<DefaultValue>,
    serialize_with: Option<ExprPath>,
    deserialize_with: Option<ExprPath>,
    skip_serializing: bool,
    skip_deserializing: bool,
    skip_serializing_if: Option<ExprPath>,
}

impl Settings {
    fn take(&mut self, setting: &Setting, variant: &Ident, errors: &mut Errors) {
        const FUNCTION: &str = "the path of a function, such as `crate::zero`";
        match setting.name.as_str() {
            "default" => {
                self.default = setting.code_if_given(FUNCTION, errors).map(|function| match function {
                    Some(function) => DefaultValue::From(function),
                    None => DefaultValue::OfType,
                });
            }
            "rename" => self.rename(setting, errors),
            "alias" => self.aliases.extend(setting.text(errors).map(WireName::given)),
            "with" => {
                if let Some(module) = setting.code::<ExprPath>("the path of a module, such as `crate::text`", errors) {
                    if self.serialize_with.is_some() || self.deserialize_with.is_some() {
                        errors.over(setting, WITH_AND_MORE);
                    } else {
                        self.serialize_with = Some(function_in(&module, "serialize"));
                        self.deserialize_with = Some(function_in(&module, "deserialize"));
                    }
                }
            }
            "serialize_with" => {
                if let Some(function) = setting.code(FUNCTION, errors) {
                    fill(&mut self.serialize_with, function, setting, errors);
                }
            }
            "deserialize_with" => {
                if let Some(function) = setting.code(FUNCTION, errors) {
                    fill(&mut self.deserialize_with, function, setting, errors);
                }
            }
            "skip" => {
                let skip = setting.is_switch(errors);
                self.skip_serializing |= skip;
                self.skip_deserializing |= skip;
            }
            "skip_serializing" => self.skip_serializing |= setting.is_switch(errors),
            "skip_deserializing" => self.skip_deserializing |= setting.is_switch(errors),
            "skip_serializing_if" => self.skip_serializing_if = setting.code(FUNCTION, errors),
            _ => refuse_setting(setting, variant, errors),
        }
    }

    /// `rename = ".."`, or `rename(serialize = "..", deserialize = "..")`.
    fn rename(&mut self, setting: &Setting, errors: &mut Errors) {
        const EXAMPLE: &str = "`rename(serialize = \"..\", deserialize = \"..\")`";
        let Some(directions) = setting.list(EXAMPLE, errors) else {
            let name = setting.text(errors).map(WireName::given);
            self.serialize.clone_from(&name);
            self.deserialize = name;
            return;
        };
        for direction in directions {
            let slot = match direction.name.as_str() {
                "serialize" => &mut self.serialize,
                "deserialize" => &mut self.deserialize,
                _ => {
                    errors
                        .over(&direction, format!("`{}` is not known here: write it as in {EXAMPLE}", direction.name));
                    continue;
                }
            };
            if slot.is_some() {
                errors.over(&direction, format!("`{}` is given twice: remove one of them", direction.name));
            } else {
                *slot = direction.text(errors).map(WireName::given);
            }
        }
    }

    fn finish(self, ident: &Ident) -> (Option<Write>, Read) {
        let write = (!self.skip_serializing).then(|| Write {
            name: self.serialize.unwrap_or_else(|| WireName::of_field(ident)),
            function: self.serialize_with,
            unless: self.skip_serializing_if,
        });
        let read = if self.skip_deserializing {
            Read::Never(self.default.unwrap_or(DefaultValue::OfType))
        } else {
            let own = self.deserialize.unwrap_or_else(|| WireName::of_field(ident));
            let names = std::iter::once(own).chain(self.aliases).collect();
            Read::Wire { names, function: self.deserialize_with, absent: self.default }
        };
        (write, read)
    }
}

/// Takes a function, unless an earlier setting has already given one.
fn fill(slot: &mut Option<ExprPath>, function: ExprPath, setting: &Setting, errors: &mut Errors) {
    if slot.is_none() {
        *slot = Some(function);
    } else {
        errors.over(setting, WITH_AND_MORE);
    }
}

fn function_in(module: &ExprPath, name: &str) -> ExprPath {
    let mut function = module.clone();
    let span = function.path.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
    function.path.segments.push(PathSegment::from(Ident::new(name, span)));
    function
}

fn refuse_setting(setting: &Setting, variant: &Ident, errors: &mut Errors) {
    let name = setting.name.as_str();
    let message = match name {
        "flatten" => format!(
            "a field cannot be flattened here: put the fields in a struct, flatten there, and use a variant `{variant}({variant})`"
        ),
        "borrow" => "a message owns its fields: remove `borrow` and use an owned type such as `String`".to_owned(),
        "getter" => {
            "an enum has no getters: remove `getter`, or write the field with `serialize_with = \"..\"`".to_owned()
        }
        "bound" => "an enum of actions is not generic and has no bounds: remove `bound`".to_owned(),
        "lenient" => "`lenient` is not serde's: write `#[action(lenient)]`".to_owned(),
        _ => format!("`{name}` is not known here: a field takes {}", listed(&SETTINGS)),
    };
    errors.over(setting, message);
}

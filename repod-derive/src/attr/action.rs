//! `#[action(..)]`: on the enum, on its variants, and on their fields.
//! A setting that belongs somewhere else is refused with the place where it belongs.

use quote::ToTokens;
use syn::{Attribute, ExprPath, Ident, Path};

use super::rule::{self, Rules};
use super::setting::{Setting, listed};
use crate::case::Case;
use crate::error::Errors;
use crate::name::WireName;

/// What `#[action(..)]` says of the enum.
#[derive(Default)]
pub(crate) struct EnumSettings {
    /// The handlers are plain functions.
    pub(crate) is_sync: bool,
    /// Whole floats are taken for integers, in all variants.
    pub(crate) is_lenient: bool,
    /// How variants are spelled on the wire.
    pub(crate) rename_all: Option<Case>,
    /// Where `repod` is found.
    pub(crate) library: Option<Path>,
}

/// What `#[action(..)]` says of a variant.
#[derive(Default)]
pub(crate) struct VariantSettings {
    /// The name on the wire.
    pub(crate) rename: Option<WireName>,
    /// The name of the method.
    pub(crate) method: Option<Ident>,
    /// Whole floats are taken for integers, in all fields.
    pub(crate) is_lenient: bool,
    /// What it costs its sender, if that is more than others do.
    pub(crate) cost: Option<u32>,
    /// The function that decides about all fields together.
    pub(crate) validate: Option<ExprPath>,
}

/// What `#[action(..)]` says of a field.
#[derive(Default)]
pub(crate) struct FieldSettings {
    /// Whole floats are taken for integers.
    pub(crate) is_lenient: bool,
    /// What it must keep.
    pub(crate) rules: Rules,
}

/// A place where `#[action(..)]` may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Enum,
    Variant,
    Field,
}

impl EnumSettings {
    /// Reads the attributes of the enum.
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for setting in Setting::read(attributes, "action", &[], "`#[action(sync)]`", errors) {
            match setting.name.as_str() {
                "sync" => read.is_sync = setting.is_switch(errors),
                "lenient" => read.is_lenient = setting.is_switch(errors),
                "rename_all" => read.rename_all = case(&setting, errors),
                "crate" => {
                    read.library =
                        setting.code_with(Path::parse_mod_style, "the path of a crate, such as `crate::net`", errors)
                }
                _ => Place::Enum.refuse(&setting, errors),
            }
        }
        read
    }
}

impl VariantSettings {
    /// Reads the attributes of a variant.
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for setting in Setting::read(attributes, "action", &[], "`#[action(rename = \"..\")]`", errors) {
            match setting.name.as_str() {
                "rename" => read.rename = setting.text(errors).map(WireName::given),
                "method" => {
                    read.method = setting.code("a name that a method can have: write one such as `on_move`", errors)
                }
                "lenient" => read.is_lenient = setting.is_switch(errors),
                "cost" => read.cost = setting.count(errors),
                "validate" => read.validate = rule::validate(&setting, errors),
                _ => Place::Variant.refuse(&setting, errors),
            }
        }
        read
    }
}

impl FieldSettings {
    /// Reads the attributes of a field.
    pub(crate) fn read(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for setting in Setting::read(attributes, "action", &[], "`#[action(lenient)]`", errors) {
            match setting.name.as_str() {
                "lenient" => read.is_lenient = setting.is_switch(errors),
                "range" => read.rules.range = rule::range(&setting, errors),
                "max_len" => read.rules.max_len = rule::max_len(&setting, errors),
                "validate" => read.rules.validate = rule::validate(&setting, errors),
                _ => Place::Field.refuse(&setting, errors),
            }
        }
        read
    }

    /// Reads the attributes of the field without a name in `variant`, which keeps no rules of its own.
    pub(crate) fn read_unnamed(attributes: &[Attribute], variant: &Ident, errors: &mut Errors) -> Self {
        let mut read = Self::default();
        for setting in Setting::read(attributes, "action", &[], "`#[action(lenient)]`", errors) {
            match setting.name.as_str() {
                "lenient" => read.is_lenient = setting.is_switch(errors),
                name @ ("range" | "max_len" | "validate") => {
                    let message = format!(
                        "`{name}` is for a field with a name: write `#[action(validate = ..)]` on `{variant}` itself, \
                         with a function that is given the struct"
                    );
                    errors.over(&setting, message);
                }
                _ => Place::Field.refuse(&setting, errors),
            }
        }
        read
    }
}

impl Place {
    const ALL: [Self; 3] = [Self::Enum, Self::Variant, Self::Field];

    /// Reports a setting that this place does not take.
    fn refuse(self, setting: &Setting, errors: &mut Errors) {
        let name = setting.name.as_str();
        let here = self.name();
        let message = match (self, name) {
            (Self::Enum, "rename") => {
                "`rename` belongs on a variant; to spell all variants in another way, write `rename_all = \"..\"`"
                    .to_owned()
            }
            (Self::Variant, "rename_all") => {
                "`rename_all` belongs on the enum; to rename this variant, write `rename = \"..\"`".to_owned()
            }
            (Self::Field, _) if super::serde::SETTINGS.contains(&name) => {
                format!("`{name}` of a field is serde's: write `#[serde({})]`", setting.to_token_stream())
            }
            _ => match Self::ALL.into_iter().find(|place| place.settings().contains(&name)) {
                Some(place) => format!("`{name}` belongs on {}, not on {here}: move it there", place.name()),
                None => format!("`{name}` is not known here: {here} takes {}", listed(self.settings())),
            },
        };
        errors.over(setting, message);
    }

    fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Enum => &["sync", "lenient", "rename_all", "crate"],
            Self::Variant => &["rename", "method", "lenient", "cost", "validate"],
            Self::Field => &["lenient", "range", "max_len", "validate"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Enum => "the enum",
            Self::Variant => "a variant",
            Self::Field => "a field",
        }
    }
}

fn case(setting: &Setting, errors: &mut Errors) -> Option<Case> {
    let name = setting.text(errors)?;
    let case = Case::named(&name.value());
    if case.is_none() {
        let known = Case::ALL.map(|(known, _)| known);
        let message = format!("`{}` is not a rule of `rename_all`: choose one of {}", name.value(), listed(&known));
        errors.at(name.span(), message);
    }
    case
}

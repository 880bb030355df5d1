//! The enum as the derive sees it: syn's tree with its attributes read and its names made.
//! What is found is kept, right or wrong: `valid` judges it.

use syn::ext::IdentExt;
use syn::{
    Attribute, Data, DeriveInput, ExprPath, Fields, FieldsUnnamed, Generics, Ident, Meta, Path, Token, Type, Visibility,
};

use crate::attr::{self, EnumSettings, FieldSettings, Read, Rules, VariantSettings, Write};
use crate::case::Case;
use crate::error::Errors;
use crate::name::{self, WireName};

/// The item under the derive.
pub(crate) struct Actions {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) generics: Generics,
    pub(crate) kind: Kind,
    pub(crate) handlers: Handlers,
    /// Where `repod` is found; `None` if it is `::repod`.
    pub(crate) library: Option<Path>,
    pub(crate) actions: Vec<Action>,
}

/// What the derive stands on, with the keyword that says so.
pub(crate) enum Kind {
    Enum,
    Struct(Token![struct]),
    Union(Token![union]),
}

/// What the methods of the handler trait are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handlers {
    Async,
    Sync,
}

/// A variant.
pub(crate) struct Action {
    pub(crate) ident: Ident,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) name: WireName,
    pub(crate) method: Ident,
    /// What it costs its sender.
    pub(crate) cost: u32,
    pub(crate) content: Content,
    /// The function that decides about all of it.
    pub(crate) validate: Option<ExprPath>,
}

/// What a variant holds.
pub(crate) enum Content {
    /// Named fields, perhaps none.
    Fields(Vec<Field>),
    /// One value whose own fields lie flat beside the action.
    Flat(Box<Flat>),
    /// Several fields without names, which the wire has no place for.
    Several(FieldsUnnamed),
}

/// The one unnamed field of a variant.
pub(crate) struct Flat {
    /// What the method calls it.
    pub(crate) parameter: Ident,
    pub(crate) ty: Type,
    pub(crate) is_lenient: bool,
}

/// A named field.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) is_lenient: bool,
    pub(crate) rules: Rules,
    /// `None` if it is not written.
    pub(crate) write: Option<Write>,
    pub(crate) read: Read,
}

impl Actions {
    /// Reads the item. Mistakes in its attributes go to `errors`, and what they say is left out.
    pub(crate) fn read(input: DeriveInput, errors: &mut Errors) -> Self {
        let settings = EnumSettings::read(&input.attrs, errors);
        attr::refuse(
            &input.attrs,
            "an enum of actions takes `#[action(..)]`, as in `#[action(rename_all = \"..\")]`",
            errors,
        );
        let (kind, actions) = match input.data {
            Data::Enum(data) => {
                let read = |variant| Action::read(variant, &settings, errors);
                (Kind::Enum, data.variants.into_iter().map(read).collect())
            }
            Data::Struct(data) => (Kind::Struct(data.struct_token), Vec::new()),
            Data::Union(data) => (Kind::Union(data.union_token), Vec::new()),
        };
        Self {
            docs: docs(&input.attrs),
            ident: input.ident,
            visibility: input.vis,
            generics: input.generics,
            kind,
            handlers: if settings.is_sync { Handlers::Sync } else { Handlers::Async },
            library: settings.library,
            actions,
        }
    }
}

impl Action {
    fn read(variant: syn::Variant, of_enum: &EnumSettings, errors: &mut Errors) -> Self {
        let settings = VariantSettings::read(&variant.attrs, errors);
        attr::refuse(&variant.attrs, "a variant takes `#[action(..)]`, as in `#[action(rename = \"..\")]`", errors);
        let case = of_enum.rename_all.unwrap_or(Case::Snake);
        let is_lenient = of_enum.is_lenient || settings.is_lenient;
        let content = match variant.fields {
            Fields::Named(fields) => {
                let read = |field| Field::read(field, &variant.ident, is_lenient, errors);
                Content::Fields(fields.named.into_iter().filter_map(read).collect())
            }
            Fields::Unnamed(fields) => Content::unnamed(fields, &variant.ident, is_lenient, errors),
            Fields::Unit => Content::Fields(Vec::new()),
        };
        Self {
            docs: docs(&variant.attrs),
            name: settings.rename.unwrap_or_else(|| WireName::of_variant(&variant.ident, case)),
            method: settings.method.unwrap_or_else(|| name::method(&variant.ident)),
            cost: settings.cost.unwrap_or(1),
            validate: settings.validate,
            ident: variant.ident,
            content,
        }
    }

    /// Whether something is checked after it was decoded.
    pub(crate) fn has_rules(&self) -> bool {
        let is_ruled = |field: &Field| !field.rules.is_empty();
        self.validate.is_some() || matches!(&self.content, Content::Fields(fields) if fields.iter().any(is_ruled))
    }
}

impl Content {
    fn unnamed(fields: FieldsUnnamed, variant: &Ident, is_lenient: bool, errors: &mut Errors) -> Self {
        const INSTEAD: &str = "the fields of the struct in this variant take it";
        let mut is_lenient = is_lenient;
        for field in &fields.unnamed {
            attr::refuse(&field.attrs, INSTEAD, errors);
            is_lenient |= FieldSettings::read_unnamed(&field.attrs, variant, errors).is_lenient;
        }
        if fields.unnamed.len() > 1 {
            return Self::Several(fields);
        }
        match fields.unnamed.into_iter().next() {
            Some(field) => Self::Flat(Box::new(Flat { parameter: name::parameter(variant), ty: field.ty, is_lenient })),
            None => Self::Fields(Vec::new()),
        }
    }
}

impl Field {
    fn read(field: syn::Field, variant: &Ident, is_lenient: bool, errors: &mut Errors) -> Option<Self> {
        // A named field always has its name; syn has one type for both.
        let ident = field.ident?;
        let (write, read) = attr::field(&field.attrs, &ident, variant, errors);
        let settings = FieldSettings::read(&field.attrs, errors);
        Some(Self {
            is_lenient: settings.is_lenient || is_lenient,
            rules: settings.rules,
            ident,
            ty: field.ty,
            write,
            read,
        })
    }

    /// What an error calls the field: its name on the wire, if it is read from there.
    pub(crate) fn name(&self) -> String {
        self.read_names().next().map_or_else(|| self.ident.unraw().to_string(), |name| name.text.clone())
    }

    /// The names under which the field is read.
    pub(crate) fn read_names(&self) -> impl Iterator<Item = &WireName> {
        match &self.read {
            Read::Wire { names, .. } => names.as_slice(),
            Read::Never(_) => &[],
        }
        .iter()
    }
}

/// The doc comments among attributes.
fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    let is_text = |attribute: &&Attribute| matches!(&attribute.meta, Meta::NameValue(doc) if doc.path.is_ident("doc"));
    attributes.iter().filter(is_text).cloned().collect()
}

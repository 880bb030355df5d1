//! The names that come from a variant: of its action on the wire, of its method, of its parameter.
//! The rules of `rename_all` are `case`'s.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Ident, LitStr};

use crate::case::Case;

/// A name on the wire: of an action, or of a field.
#[derive(Debug, Clone)]
pub(crate) struct WireName {
    pub(crate) text: String,
    /// Where the name comes from: an attribute's text, or the identifier.
    pub(crate) span: Span,
}

impl WireName {
    /// The name of a variant's action, if no attribute gives another.
    pub(crate) fn of_variant(variant: &Ident, case: Case) -> Self {
        Self { text: case.apply(&variant.unraw().to_string()), span: variant.span() }
    }

    /// The name of a field, if no attribute gives another.
    pub(crate) fn of_field(field: &Ident) -> Self {
        Self { text: field.unraw().to_string(), span: field.span() }
    }

    /// The name that an attribute gives.
    pub(crate) fn given(text: &LitStr) -> Self {
        Self { text: text.value(), span: text.span() }
    }
}

/// The method that handles a variant, if no attribute gives another. It follows the variant and not the name on the wire,
/// so that a renamed action keeps its method.
pub(crate) fn method(variant: &Ident) -> Ident {
    let variant_words = Case::Snake.apply(&variant.unraw().to_string());
    Ident::new(&format!("on_{variant_words}"), variant.span())
}

/// The parameter of the method that handles a variant with one unnamed field.
pub(crate) fn parameter(variant: &Ident) -> Ident {
    identifier(&Case::Snake.apply(&variant.unraw().to_string()), variant.span())
}

/// The trait that handles an enum's actions.
pub(crate) fn handler(actions: &Ident) -> Ident {
    Ident::new(&format!("{}Handler", actions.unraw()), actions.span())
}

fn identifier(name: &str, span: Span) -> Ident {
    match name {
        // Keywords that no prefix turns into an identifier.
        "self" | "super" | "crate" | "_" => Ident::new(&format!("{name}_"), span),
        // A keyword since edition 2024, which syn does not count as one.
        "gen" => Ident::new_raw(name, span),
        _ if syn::parse_str::<Ident>(name).is_err() => Ident::new_raw(name, span),
        _ => Ident::new(name, span),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variant: &str, names: [&str; 3]) {
        let variant: Ident = syn::parse_str(variant).expect("a variant's name");
        let wire = WireName::of_variant(&variant, Case::Snake).text;
        assert_eq!([wire, method(&variant).to_string(), parameter(&variant).to_string()], names);
    }

    #[test]
    fn a_variant_names_its_action_its_method_and_its_parameter() {
        check("Move", ["move", "on_move", "r#move"]);
        check("PlayerJoined", ["player_joined", "on_player_joined", "player_joined"]);
        check("HTTPMove", ["h_t_t_p_move", "on_h_t_t_p_move", "h_t_t_p_move"]);
        check("Move2D", ["move2_d", "on_move2_d", "move2_d"]);
        check("X", ["x", "on_x", "x"]);
        check("_Hidden", ["__hidden", "on___hidden", "__hidden"]);
        check("Été", ["Été", "on_Été", "Été"]);
    }

    #[test]
    fn a_raw_identifier_is_plain_on_the_wire() {
        check("r#type", ["type", "on_type", "r#type"]);
        check("r#Match", ["match", "on_match", "r#match"]);
    }

    #[test]
    fn a_keyword_can_be_a_parameter() {
        check("Gen", ["gen", "on_gen", "r#gen"]);
        check("Crate", ["crate", "on_crate", "crate_"]);
        check("Super", ["super", "on_super", "super_"]);
        check("Async", ["async", "on_async", "r#async"]);
    }

    #[test]
    fn a_handler_is_named_after_its_enum() {
        let check = |actions, name: &str| {
            let actions: Ident = syn::parse_str(actions).expect("an enum's name");
            assert_eq!(handler(&actions), name);
        };
        check("ToServer", "ToServerHandler");
        check("r#type", "typeHandler");
    }
}

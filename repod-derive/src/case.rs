//! [`Case`]: how the name of a variant becomes a name on the wire, with the eight rules of serde's `rename_all`.
//! Names that a user gives with `rename` do not pass through here.

/// A rule that turns the name of a variant, written `LikeThis`, into another spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// All rules, each with the name it has in an attribute.
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    /// The rule that an attribute names.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, case)| *case)
    }

    /// Spells the name of a variant by this rule, exactly as serde does: every capital begins a word, a digit never does.
    pub(crate) fn apply(self, variant: &str) -> String {
        match self {
            Self::Lower => variant.to_ascii_lowercase(),
            Self::Upper => variant.to_ascii_uppercase(),
            Self::Pascal => variant.to_owned(),
            Self::Camel => {
                let mut letters = variant.chars();
                let first = letters.next().map(|letter| letter.to_ascii_lowercase());
                first.into_iter().chain(letters).collect()
            }
            Self::Snake => words(variant, '_'),
            Self::ScreamingSnake => words(variant, '_').to_ascii_uppercase(),
            Self::Kebab => words(variant, '_').replace('_', "-"),
            Self::ScreamingKebab => words(variant, '_').to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn words(variant: &str, between: char) -> String {
    let mut words = String::with_capacity(variant.len() + 4);
    for (index, letter) in variant.char_indices() {
        if index > 0 && letter.is_uppercase() {
            words.push(between);
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variant: &str, spellings: [&str; 8]) {
        for ((name, case), spelling) in Case::ALL.into_iter().zip(spellings) {
            assert_eq!(case.apply(variant), spelling, "{variant} in {name}");
            assert_eq!(Case::named(name), Some(case));
        }
    }

    #[test]
    fn every_rule_spells_like_serde() {
        // What serde's own derive made of these names.
        check("Move", ["move", "MOVE", "Move", "move", "move", "MOVE", "move", "MOVE"]);
    }

    #[test]
    fn a_rule_is_named_exactly() {
        assert_eq!(Case::named("Snake_Case"), None);
        assert_eq!(Case::named(""), None);
    }
}

//! [`ValueError`]: why a value could not be read. It names no action; who reads the value does.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use super::Token;
use crate::proto::excerpt::Excerpt;

/// Why a value could not be read: where in it, what was expected, what was there.
///
/// ```
/// use repod::proto::ValueError;
/// use repod::serde::de::Error;
///
/// let error = ValueError::custom("a card that is in nobody's hand");
/// assert_eq!(error.to_string(), "expected an acceptable value, got a card that is in nobody's hand");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError {
    /// In a box, so that a result is small and a number that was read stays in registers.
    pub(crate) fault: Box<Fault>,
}

/// What a [`ValueError`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Where in the value, such as `.players[2].name`; empty for the value itself.
    pub(crate) path: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

impl ValueError {
    #[cold]
    pub(in crate::proto) fn new(expected: &dyn Expected, got: impl fmt::Display) -> Self {
        let fault = Fault { path: String::new(), expected: expected.to_string(), got: got.to_string() };
        Self { fault: Box::new(fault) }
    }

    pub(super) fn of(token: &Token<'_>, expected: &dyn Expected) -> Self {
        let got: &dyn fmt::Display = match token {
            Token::Nil => &"nil",
            Token::Bool(value) => return Self::invalid_type(Unexpected::Bool(*value), expected),
            Token::Unsigned(value) => {
                return Self::invalid_type(Unexpected::Unsigned(*value), expected);
            }
            Token::Signed(value) => {
                return Self::invalid_type(Unexpected::Signed(*value), expected);
            }
            Token::F32(value) => {
                return Self::invalid_type(Unexpected::Float((*value).into()), expected);
            }
            Token::F64(value) => return Self::invalid_type(Unexpected::Float(*value), expected),
            Token::Text(_) => &"a string",
            Token::BadText(_) => &"a string that is not UTF-8",
            Token::Bytes(_) => &"bytes",
            Token::Array(_) => &"an array",
            Token::Map(_) => &"a map",
            Token::Extension => &"an extension type",
        };
        Self::new(expected, got)
    }

    /// A scanned value does not end early, so this is reached only through a custom `Deserialize` that reads too much.
    #[cold]
    pub(in crate::proto) fn ended() -> Self {
        Self::new(&"another value", "the end of the value")
    }

    pub(super) fn at(mut self, segment: fmt::Arguments<'_>) -> Self {
        self.fault.path.insert_str(0, &segment.to_string());
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected {}, got {}", self.fault.expected, self.fault.got)
    }
}

impl std::error::Error for ValueError {}

impl Error for ValueError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(&"an acceptable value", Excerpt::of(&message.to_string()))
    }

    fn invalid_type(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        // The peer's own text is not quoted: it may be long, and it may be meant for a terminal.
        match got {
            Unexpected::Str(_) => Self::new(expected, "a string"),
            Unexpected::Bytes(_) => Self::new(expected, "bytes or a string that is not UTF-8"),
            Unexpected::Unit | Unexpected::Option => Self::new(expected, "nil"),
            Unexpected::Seq => Self::new(expected, "an array"),
            Unexpected::Map => Self::new(expected, "a map"),
            other => Self::new(expected, other),
        }
    }

    fn invalid_value(got: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match got {
            Unexpected::Str(text) => Self::new(expected, format_args!("the string \"{}\"", Excerpt::of(text))),
            other => Self::invalid_type(other, expected),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(&"a value", "nothing").at(format_args!(".{field}"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new(&format!("one of {}", expected.join(", ")).as_str(), format_args!("\"{}\"", Excerpt::of(variant)))
    }
}

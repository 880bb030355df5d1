//! [`DecodeError`]: why a frame did not become an action.

use crate::proto::rule::BrokenRule;
use crate::proto::scan::Malformed;

/// Why a frame did not become an action.
///
/// [`is_fatal`](Self::is_fatal) tells whether the connection ends with it.
///
/// ```
/// use repod::Action;
/// use repod::proto::DecodeError;
///
/// #[derive(Action, Debug)]
/// enum ToServer {
///     Move { x: f64, y: f64 },
/// }
///
/// let error = repod::decode::<ToServer>(b"\x82\xa6action\xa4move\xa1x\xa3abc").unwrap_err();
/// assert_eq!(error.to_string(), "action `move`, field `x`: expected f64, got a string");
/// assert!(!error.is_fatal());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The frame is not MessagePack within the limits.
    #[error("malformed message: {0}")]
    Malformed(Malformed),
    /// The frame is something else than a map.
    #[error("expected a map with the key `action`, got {got}")]
    NotAMap {
        /// What the frame is.
        got: &'static str,
    },
    /// The frame's map has no key `action`.
    #[error("the key `action` is missing")]
    NoAction,
    /// The value of the key `action` is not a string.
    #[error("the value of `action` must be a string, got {got}")]
    BadAction {
        /// What it is.
        got: &'static str,
    },
    /// NaN or an infinity stands somewhere in the frame.
    #[error("action `{action}` holds NaN or an infinity")]
    NonFinite {
        /// The action, as an [`Excerpt`](crate::proto::Excerpt).
        action: String,
    },
    /// The enum declares no action of this name.
    #[error("unknown action `{action}`")]
    UnknownAction {
        /// The action, as an [`Excerpt`](crate::proto::Excerpt).
        action: String,
    },
    /// A field that the action needs is not there.
    #[error("action `{action}`, field `{field}`: expected {expected}, but it is missing")]
    MissingField {
        /// The action.
        action: String,
        /// The field.
        field: String,
        /// What the field should hold.
        expected: String,
    },
    /// A field holds something that its type does not take.
    #[error("action `{action}`, field `{field}`: expected {expected}, got {got}")]
    BadField {
        /// The action.
        action: String,
        /// The field, with the way to the value within it, such as `players[2].name`.
        field: String,
        /// What the field's type takes.
        expected: String,
        /// What came.
        got: String,
    },
    /// A field breaks a rule that the enum declares for it with `range`, `max_len` or `validate`.
    #[error("action `{action}`, field `{field}`: {rule}")]
    RefusedField {
        /// The action.
        action: String,
        /// The field.
        field: String,
        /// The rule, and what came.
        rule: BrokenRule,
    },
    /// The fields do not go together: the function that the enum names with `validate` for the whole action refused them.
    #[error("action `{action}`: {rule}")]
    RefusedMessage {
        /// The action.
        action: String,
        /// The rule.
        rule: BrokenRule,
    },
}

impl DecodeError {
    /// Whether the connection ends with this error: the peer is not just mistaken, but does not speak the protocol.
    ///
    /// ```
    /// use repod::proto::{DecodeError, Malformed};
    /// assert!(DecodeError::Malformed(Malformed::Empty).is_fatal());
    /// assert!(!DecodeError::NoAction.is_fatal());
    /// ```
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Malformed(_))
    }
}

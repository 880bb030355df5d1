//! [`BrokenRule`]: which of the rules that an enum declares for its fields a message does not keep, and the checks that find it.
//! What fits no type at all is found before, by decoding.

mod length;
mod numbers;
mod range;
mod verdict;

pub use self::length::Length;
pub use self::numbers::Numbers;
pub use self::range::{check_below, check_between, check_between_inclusive, check_from, check_range, check_up_to};
pub use self::verdict::Verdict;
use super::message::DecodeError;

/// A rule that a value breaks: what was asked for with `range`, `max_len` or `validate`, and what came.
///
/// ```
/// use repod::Action;
/// use repod::proto::{BrokenRule, DecodeError};
///
/// #[derive(Action)]
/// enum ToServer {
///     Say {
///         #[action(max_len = 5)]
///         text: String,
///     },
/// }
///
/// let error = ToServer::Say { text: "Hello!".into() }.check().unwrap_err();
/// let DecodeError::RefusedField { rule, .. } = error else { panic!() };
/// assert_eq!(rule, BrokenRule::TooLong { len: 6, max: 5 });
/// assert_eq!(rule.to_string(), "a length of 6 exceeds the limit of 5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BrokenRule {
    /// A number is outside the `range` of its field.
    #[error("{got} is not in the range {range}")]
    OutOfRange {
        /// The first such number.
        got: String,
        /// The range.
        range: String,
    },
    /// There is more than `max_len` of it.
    #[error("a length of {len} exceeds the limit of {max}")]
    TooLong {
        /// How many characters or elements there are, as [`Length`] counts them.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// The function of `validate` refused it.
    #[error("{}", reason.clone().unwrap_or_else(|| format!("`{by}` refuses it")))]
    Refused {
        /// The function, as the attribute writes it.
        by: &'static str,
        /// What the function says, as an [`Excerpt`](crate::proto::Excerpt); `None` if it says only no.
        reason: Option<String>,
    },
}

/// Checks a field with a `max_len`.
///
/// # Errors
///
/// [`DecodeError::RefusedField`] if it is longer.
#[inline]
pub fn check_len<T: Length + ?Sized>(action: &str, field: &str, value: &T, max: usize) -> Result<(), DecodeError> {
    let len = value.length();
    if len <= max {
        return Ok(());
    }
    Err(refused_field(action, field, BrokenRule::TooLong { len, max }))
}

/// Draws the consequence of what the function `by` said of a field.
///
/// # Errors
///
/// [`DecodeError::RefusedField`] if it said no.
#[inline]
pub fn check_field(action: &str, field: &str, by: &'static str, verdict: impl Verdict) -> Result<(), DecodeError> {
    let rule = |reason| refused_field(action, field, BrokenRule::Refused { by, reason });
    verdict.refusal().map_err(rule)
}

/// Draws the consequence of what the function `by` said of a whole message.
///
/// # Errors
///
/// [`DecodeError::RefusedMessage`] if it said no.
#[inline]
pub fn check_message(action: &str, by: &'static str, verdict: impl Verdict) -> Result<(), DecodeError> {
    let refused = |reason| {
        let rule = BrokenRule::Refused { by, reason };
        DecodeError::RefusedMessage { action: action.to_owned(), rule }
    };
    verdict.refusal().map_err(refused)
}

#[cold]
fn refused_field(action: &str, field: &str, rule: BrokenRule) -> DecodeError {
    DecodeError::RefusedField { action: action.to_owned(), field: field.to_owned(), rule }
}

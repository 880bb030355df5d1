//! The checks of a field with a `range`.
//!
//! A range whose ends are written out stands in a closure, with a function for each form: the compiler then knows of which type the ends
//! must be and can say what is wrong with them, and finds one thing wrong with a field that is no number, not three.

use std::fmt::Debug;
use std::ops::{self, Bound, RangeBounds};

use super::numbers::Numbers;
use super::{BrokenRule, refused_field};
use crate::proto::excerpt::Excerpt;
use crate::proto::message::DecodeError;

/// Checks a field with a `range`. A number that is not equal to itself, a NaN, is in no range.
///
/// # Errors
///
/// [`DecodeError::RefusedField`] for the first number that is outside.
#[inline]
pub fn check_range<T: Numbers + ?Sized>(
    action: &str,
    field: &str,
    value: &T,
    range: &impl RangeBounds<T::Number>,
) -> Result<(), DecodeError> {
    let is_outside = |number: &T::Number| number.partial_cmp(number).is_none() || !range.contains(number);
    match value.find(&mut { is_outside }) {
        None => Ok(()),
        Some(number) => Err(out_of_range(action, field, number, range)),
    }
}

/// Checks a field with a `range` such as `1..3`.
///
/// # Errors
///
/// As [`check_range`].
#[inline]
pub fn check_between<T: Numbers + ?Sized>(
    action: &str,
    field: &str,
    value: &T,
    range: impl FnOnce() -> ops::Range<T::Number>,
) -> Result<(), DecodeError> {
    check_range(action, field, value, &range())
}

/// Checks a field with a `range` such as `1..=3`.
///
/// # Errors
///
/// As [`check_range`].
#[inline]
pub fn check_between_inclusive<T: Numbers + ?Sized>(
    action: &str,
    field: &str,
    value: &T,
    range: impl FnOnce() -> ops::RangeInclusive<T::Number>,
) -> Result<(), DecodeError> {
    check_range(action, field, value, &range())
}

/// Checks a field with a `range` such as `1..`.
///
/// # Errors
///
/// As [`check_range`].
#[inline]
pub fn check_from<T: Numbers + ?Sized>(
    action: &str,
    field: &str,
    value: &T,
    range: impl FnOnce() -> ops::RangeFrom<T::Number>,
) -> Result<(), DecodeError> {
    check_range(action, field, value, &range())
}

/// Checks a field with a `range` such as `..3`.
///
/// # Errors
///
/// As [`check_range`].
#[inline]
pub fn check_below<T: Numbers + ?Sized>(
    action: &str,
    field: &str,
    value: &T,
    range: impl FnOnce() -> ops::RangeTo<T::Number>,
) -> Result<(), DecodeError> {
    check_range(action, field, value, &range())
}

/// Checks a field with a `range` such as `..=3`.
///
/// # Errors
///
/// As [`check_range`].
#[inline]
pub fn check_up_to<T: Numbers + ?Sized>(
    action: &str,
    field: &str,
    value: &T,
    range: impl FnOnce() -> ops::RangeToInclusive<T::Number>,
) -> Result<(), DecodeError> {
    check_range(action, field, value, &range())
}

#[cold]
fn out_of_range<N: Debug>(action: &str, field: &str, number: &N, range: &impl RangeBounds<N>) -> DecodeError {
    let (start, open) = match range.start_bound() {
        Bound::Included(start) => (format!("{start:?}"), ""),
        Bound::Excluded(start) => (format!("{start:?}"), "<"),
        Bound::Unbounded => (String::new(), ""),
    };
    let end = match range.end_bound() {
        Bound::Included(end) => format!("={end:?}"),
        Bound::Excluded(end) => format!("{end:?}"),
        Bound::Unbounded => String::new(),
    };
    let got = Excerpt::of(&format!("{number:?}")).to_string();
    refused_field(action, field, BrokenRule::OutOfRange { got, range: format!("{start}{open}..{end}") })
}

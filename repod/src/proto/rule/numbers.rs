//! [`Numbers`]: what can have a `range`.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::time::Duration;

/// A number, or several numbers of one type, so that their field can have a `range`.
///
/// Numbers are the integers, `f32`, `f64`, and a [`Duration`]. An option, a list, an array and a pair or a triple of numbers keep a
/// range if each number in them does; an option that is `None` keeps every range.
///
/// Implement it for a type of your own to give its fields a `range`:
///
/// ```
/// use repod::Action;
/// use repod::proto::Numbers;
///
/// #[derive(repod::serde::Serialize, repod::serde::Deserialize)]
/// #[serde(crate = "repod::serde")]
/// struct Metres(f64);
///
/// impl Numbers for Metres {
///     type Number = f64;
///
///     fn find(&self, is_wanted: &mut impl FnMut(&f64) -> bool) -> Option<&f64> {
///         self.0.find(is_wanted)
///     }
/// }
///
/// #[derive(Action)]
/// enum ToServer {
///     Jump {
///         #[action(range = 0.0..=2.5)]
///         height: Metres,
///     },
/// }
///
/// assert!(ToServer::Jump { height: Metres(2.45) }.check().is_ok());
/// assert!(ToServer::Jump { height: Metres(2.51) }.check().is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number, so it cannot have a `range`",
    label = "a field with `range` holds a number, or several of one type",
    note = "write `#[action(max_len = ..)]` to limit how long it is and `#[action(validate = ..)]` to check anything else, or implement \
            `repod::proto::Numbers` for `{Self}`"
)]
pub trait Numbers {
    /// The type of the numbers.
    type Number: PartialOrd + Debug;

    /// The first number that is wanted.
    ///
    /// ```
    /// use repod::proto::Numbers;
    ///
    /// assert_eq!([1, -2, -3].find(&mut |number| *number < 0), Some(&-2));
    /// ```
    fn find(&self, is_wanted: &mut impl FnMut(&Self::Number) -> bool) -> Option<&Self::Number>;
}

macro_rules! is_number {
    ($($number:ty,)*) => {
        $(
            impl Numbers for $number {
                type Number = Self;

                #[inline]
                fn find(&self, is_wanted: &mut impl FnMut(&Self) -> bool) -> Option<&Self> {
                    is_wanted(self).then_some(self)
                }
            }
        )*
    };
}

is_number! { i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64, Duration, }

macro_rules! holds_numbers {
    ($([$($generic:tt)*] $collection:ty,)*) => {
        $(
            impl<T: Numbers, $($generic)*> Numbers for $collection {
                type Number = T::Number;

                #[inline]
                fn find(&self, is_wanted: &mut impl FnMut(&T::Number) -> bool) -> Option<&T::Number> {
                    self.iter().find_map(|numbers| numbers.find(is_wanted))
                }
            }
        )*
    };
}

holds_numbers! {
    [] Option<T>,
    [] Vec<T>,
    [] VecDeque<T>,
    [] [T],
    [const N: usize] [T; N],
}

impl<T: Numbers> Numbers for (T, T) {
    type Number = T::Number;

    #[inline]
    fn find(&self, is_wanted: &mut impl FnMut(&T::Number) -> bool) -> Option<&T::Number> {
        self.0.find(is_wanted).or_else(|| self.1.find(is_wanted))
    }
}

impl<T: Numbers> Numbers for (T, T, T) {
    type Number = T::Number;

    #[inline]
    fn find(&self, is_wanted: &mut impl FnMut(&T::Number) -> bool) -> Option<&T::Number> {
        let (first, second, third) = self;
        [first, second, third].into_iter().find_map(|numbers| numbers.find(is_wanted))
    }
}

impl<T: Numbers + ?Sized> Numbers for Box<T> {
    type Number = T::Number;

    #[inline]
    fn find(&self, is_wanted: &mut impl FnMut(&T::Number) -> bool) -> Option<&T::Number> {
        T::find(self, is_wanted)
    }
}

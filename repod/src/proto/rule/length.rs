//! [`Length`]: what can have a `max_len`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;

/// Something that has a length, so that its field can have a `max_len`: texts, lists, sets and maps.
///
/// A text is as long as it has characters (Unicode scalar values), and not bytes: that is what `len()` is in Python, so that both sides of
/// a mixed game count alike, and sixteen letters are sixteen letters in every alphabet. What a message costs in bytes is bounded before,
/// by [`Limits::max_frame_in`](crate::proto::Limits::max_frame_in). Everything else is as long as it has elements. An option that is
/// `None` has no length.
///
/// Implement it for a type of your own to give its fields a `max_len`:
///
/// ```
/// use repod::Action;
/// use repod::proto::Length;
///
/// #[derive(repod::serde::Serialize, repod::serde::Deserialize)]
/// #[serde(crate = "repod::serde")]
/// struct Name(String);
///
/// impl Length for Name {
///     fn length(&self) -> usize {
///         self.0.length()
///     }
/// }
///
/// #[derive(Action)]
/// enum ToServer {
///     Hello {
///         #[action(max_len = 3)]
///         name: Name,
///     },
/// }
///
/// assert!(ToServer::Hello { name: Name("Zoë".into()) }.check().is_ok());
/// assert!(ToServer::Hello { name: Name("Zoey".into()) }.check().is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no length that `max_len` could limit",
    label = "a field with `max_len` holds a text, a list, a set or a map",
    note = "write `#[action(range = ..)]` to limit a number and `#[action(validate = ..)]` to check anything else, or implement \
            `repod::proto::Length` for `{Self}`"
)]
pub trait Length {
    /// How many characters or elements there are.
    ///
    /// ```
    /// use repod::proto::Length;
    ///
    /// assert_eq!("Zoë".length(), 3);
    /// assert_eq!(vec![1, 2].length(), 2);
    /// ```
    fn length(&self) -> usize;
}

impl Length for str {
    fn length(&self) -> usize {
        self.chars().count()
    }
}

impl Length for String {
    fn length(&self) -> usize {
        self.as_str().length()
    }
}

impl<T> Length for [T] {
    fn length(&self) -> usize {
        self.len()
    }
}

impl<T: Length> Length for Option<T> {
    fn length(&self) -> usize {
        self.as_ref().map_or(0, Length::length)
    }
}

impl<T: Length + ToOwned + ?Sized> Length for Cow<'_, T> {
    fn length(&self) -> usize {
        T::length(self)
    }
}

macro_rules! has_elements {
    ($([$($generic:tt)*] $collection:ty,)*) => {
        $(
            impl<$($generic)*> Length for $collection {
                fn length(&self) -> usize {
                    self.len()
                }
            }
        )*
    };
}

has_elements! {
    [T] Vec<T>,
    [T, const N: usize] [T; N],
    [T] VecDeque<T>,
    [T] LinkedList<T>,
    [T] BinaryHeap<T>,
    [T] BTreeSet<T>,
    [K, V] BTreeMap<K, V>,
    [T, S] HashSet<T, S>,
    [K, V, S] HashMap<K, V, S>,
    [] Bytes,
}

macro_rules! points_to_length {
    ($($pointer:ident,)*) => {
        $(
            impl<T: Length + ?Sized> Length for $pointer<T> {
                fn length(&self) -> usize {
                    T::length(self)
                }
            }
        )*
    };
}

points_to_length! { Box, Rc, Arc, }

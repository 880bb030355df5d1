//! [`Verdict`]: what the function of `validate` may return.

use std::fmt::Display;

use crate::proto::excerpt::Excerpt;

/// What the function of `#[action(validate = ..)]` returns: a `bool`, or a `Result<(), E>` with an error that can be displayed.
///
/// With a `Result` the error says why; with a `bool` it names the function.
///
/// ```
/// use repod::Action;
///
/// #[derive(Action)]
/// enum ToServer {
///     Hello {
///         #[action(validate = is_name)]
///         name: String,
///         #[action(validate = is_free)]
///         seat: u8,
///     },
/// }
///
/// fn is_name(name: &str) -> bool {
///     !name.trim().is_empty()
/// }
///
/// fn is_free(seat: &u8) -> Result<(), String> {
///     if *seat < 8 { Ok(()) } else { Err(format!("there is no seat {seat}")) }
/// }
///
/// let error = |name: &str, seat| ToServer::Hello { name: name.into(), seat }.check().unwrap_err().to_string();
/// assert_eq!(error(" ", 0), "action `hello`, field `name`: `is_name` refuses it");
/// assert_eq!(error("Ada", 9), "action `hello`, field `seat`: there is no seat 9");
/// ```
#[diagnostic::on_unimplemented(
    message = "the function of `validate` returns `{Self}`, which is neither yes nor no",
    label = "this function must return `bool`, or `Result<(), E>` with an error `E` that can be displayed",
    note = "`true` and `Ok(())` let the message pass"
)]
pub trait Verdict {
    /// `Ok` to let it pass, or else the reason, if there is one.
    ///
    /// ```
    /// use repod::proto::Verdict;
    ///
    /// assert_eq!(true.refusal(), Ok(()));
    /// assert_eq!(Err("too late").refusal(), Err(Some("too late".to_owned())));
    /// ```
    ///
    /// # Errors
    ///
    /// The reason to refuse it; `None` if there is nothing to say.
    fn refusal(self) -> Result<(), Option<String>>;
}

impl Verdict for bool {
    #[inline]
    fn refusal(self) -> Result<(), Option<String>> {
        if self { Ok(()) } else { Err(None) }
    }
}

impl<E: Display> Verdict for Result<(), E> {
    #[inline]
    fn refusal(self) -> Result<(), Option<String>> {
        // The reason may quote what the peer wrote.
        self.map_err(|reason| Some(Excerpt::of(&reason.to_string()).up_to(LONGEST_REASON).to_string()))
    }
}

/// How many characters of a reason are shown: a sentence, and something of what it quotes.
const LONGEST_REASON: usize = 256;

//! The rules that a field must keep: `range`, `max_len` and `validate` of `#[action(..)]`.
//! Whether a rule suits the field's type is asked by the code that `expand` writes.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, ExprPath, Lit, parse_quote};

use super::setting::Setting;
use crate::error::Errors;

/// What a field must keep.
#[derive(Default)]
pub(crate) struct Rules {
    pub(crate) range: Option<Range>,
    /// How long it is at most: a number, or the path of a constant.
    pub(crate) max_len: Option<Expr>,
    /// The function that decides about it.
    pub(crate) validate: Option<ExprPath>,
}

/// What the number of a field, or all its numbers, are in.
pub(crate) enum Range {
    /// A constant.
    Constant(ExprPath),
    /// A range whose ends are seen.
    Written { range: TokenStream, form: Form },
}

/// Which ends a range has, and whether the second belongs to it.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// `1..3`
    Between,
    /// `1..=3`
    BetweenInclusive,
    /// `1..`
    From,
    /// `..3`
    Below,
    /// `..=3`
    UpTo,
}

impl Rules {
    pub(crate) fn is_empty(&self) -> bool {
        self.range.is_none() && self.max_len.is_none() && self.validate.is_none()
    }
}

/// Reads `range = 0.0..=1000.0`.
pub(super) fn range(setting: &Setting, errors: &mut Errors) -> Option<Range> {
    let value = setting.other();
    if let Some(Ok(constant)) = value.map(|tokens| syn::parse2(tokens.clone())) {
        return Some(Range::Constant(constant));
    }
    let Some((tokens, read)) = value.and_then(|tokens| Some((tokens, Ends::read(tokens)?))) else {
        errors.over(setting, "`range` needs a range, or a constant that is one: write `range = 0..=100`");
        return None;
    };
    let form = match (&read.start, &read.end, read.is_inclusive) {
        (Some(start), Some(end), is_inclusive) if is_empty(start, end, is_inclusive) => {
            errors.over(tokens, "no number is in this range: write the lower end first, as in `0..=100`");
            return None;
        }
        (None, None, _) => {
            errors.over(tokens, "every number is in this range: write at least one of its ends, as in `0..`");
            return None;
        }
        (Some(_), Some(_), false) => Form::Between,
        (Some(_), Some(_), true) => Form::BetweenInclusive,
        (Some(_), None, _) => Form::From,
        (None, Some(_), false) => Form::Below,
        (None, Some(_), true) => Form::UpTo,
    };
    Some(Range::Written { range: tokens.clone(), form })
}

/// Reads `max_len = 64`.
pub(super) fn max_len(setting: &Setting, errors: &mut Errors) -> Option<Expr> {
    let max = match setting.other() {
        Some(tokens) => syn::parse2(tokens.clone()).ok().map(Expr::Path),
        None => setting.number::<usize>().filter(|max| *max > 0).map(|max| parse_quote!(#max)),
    };
    if max.is_none() {
        let message = "`max_len` needs a whole number of at least 1, or a constant that is one: write `max_len = 64`";
        errors.over(setting, message);
    }
    max
}

/// Reads `validate = crate::is_name`.
pub(super) fn validate(setting: &Setting, errors: &mut Errors) -> Option<ExprPath> {
    let function = setting.other().and_then(|tokens| syn::parse2(tokens.clone()).ok());
    if function.is_none() {
        let message = "`validate` needs the path of a function, without quotes: write `validate = crate::is_name`";
        errors.over(setting, message);
    }
    function
}

/// The two ends of a range, and whether the second belongs to it.
struct Ends {
    start: Option<Expr>,
    end: Option<Expr>,
    is_inclusive: bool,
}

impl Ends {
    /// `None` if the tokens are no range. syn reads ranges only with all its features, of which nothing else here needs any.
    fn read(tokens: &TokenStream) -> Option<Self> {
        let all: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let is_punct = |index: usize, wanted: char| matches!(all.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
        let dots = (0..all.len()).find(|index| is_punct(*index, '.') && is_punct(index + 1, '.'))?;
        let is_inclusive = is_punct(dots + 2, '=');
        let behind = dots + if is_inclusive { 3 } else { 2 };
        let read = |tokens: &[TokenTree]| {
            if tokens.is_empty() {
                return Some(None);
            }
            syn::parse2(tokens.iter().cloned().collect()).ok().map(Some)
        };
        let (start, end) = (read(&all[..dots])?, read(&all[behind..])?);
        (end.is_some() || !is_inclusive).then_some(Self { start, end, is_inclusive })
    }
}

/// Whether nothing is between two ends, as far as they are numbers.
fn is_empty(start: &Expr, end: &Expr, is_inclusive: bool) -> bool {
    let order = match (whole(start), whole(end)) {
        (Some(start), Some(end)) => Some(start.cmp(&end)),
        _ => match (number(start), number(end)) {
            (Some(start), Some(end)) => start.partial_cmp(&end),
            _ => None,
        },
    };
    order.is_some_and(|order| order.is_gt() || (order.is_eq() && !is_inclusive))
}

/// An expression that is a whole number.
fn whole(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => whole(&unary.expr).map(|number| -number),
        _ => None,
    }
}

/// An expression that is a number with a fraction.
fn number(expression: &Expr) -> Option<f64> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Float(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => number(&unary.expr).map(|number| -number),
        _ => None,
    }
}

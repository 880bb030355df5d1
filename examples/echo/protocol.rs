//! The message of `echo`, the same in both directions.

use repod::prelude::*;

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum Sound {
    Echo { x: f64, y: f64, id: u32 },
}

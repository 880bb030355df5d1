//! The messages of `pong`: those of the Python library's own example, so that its clients can join.

use repod::prelude::*;
use repod::serde::{Deserialize, Serialize};

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToServer {
    /// The sender's paddle moves so from now on.
    Input { direction: Direction },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
pub enum ToClient {
    /// The first message: where everything is.
    Setup(Setup),
    /// There are two players already.
    Full,
    /// The ball is served.
    RoundStart,
    /// How things stand, sixty times a second.
    State(State),
    /// Somebody has won: the winner's slot.
    GameOver { winner: usize },
    /// The other player is gone.
    OpponentLeft,
}

/// Where a paddle moves to; -1, 0 and 1 on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(crate = "repod::serde", try_from = "i8", into = "i8")]
pub enum Direction {
    Up,
    #[default]
    Still,
    Down,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Setup {
    /// 0 plays on the left, 1 on the right.
    pub slot: usize,
    pub field: Size,
    pub paddle: Paddle,
    pub ball_size: u32,
    pub win_score: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Size {
    pub w: u32,
    pub h: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Paddle {
    pub w: u32,
    pub h: u32,
    /// From the edge of the field to the paddle's back.
    pub margin: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct State {
    /// The middle of the ball.
    pub ball: Spot,
    /// The middles of both paddles.
    pub paddles: [f64; 2],
    pub scores: [u32; 2],
    pub game_state: GameState,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
pub struct Spot {
    pub x: f64,
    pub y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "repod::serde", rename_all = "snake_case")]
pub enum GameState {
    /// A player is missing.
    Waiting,
    Playing,
    /// A short rest after a point.
    Scored,
    /// Somebody has won; a new game begins after a rest.
    Finished,
}

impl Direction {
    /// How y changes.
    pub fn sign(self) -> i8 {
        match self {
            Self::Up => -1,
            Self::Still => 0,
            Self::Down => 1,
        }
    }
}

impl TryFrom<i8> for Direction {
    type Error = String;

    fn try_from(sign: i8) -> Result<Self, String> {
        match sign {
            -1 => Ok(Self::Up),
            0 => Ok(Self::Still),
            1 => Ok(Self::Down),
            _ => Err(format!("a direction is -1, 0 or 1, not {sign}")),
        }
    }
}

impl From<Direction> for i8 {
    fn from(direction: Direction) -> Self {
        direction.sign()
    }
}

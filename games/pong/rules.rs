//! The numbers of pong: sizes, speeds, rests.

use crate::protocol::{Paddle, Size, Spot};

/// Who has so many points wins.
pub const WIN_SCORE: u32 = 5;

pub const FIELD: Size = Size { w: 800, h: 600 };
pub const PADDLE: Paddle = Paddle { w: 12, h: 90, margin: 30 };
pub const BALL_SIZE: u32 = 10;

/// The same as numbers to reckon with.
pub const WIDTH: f64 = FIELD.w as f64;
pub const HEIGHT: f64 = FIELD.h as f64;
pub const RADIUS: f64 = BALL_SIZE as f64 / 2.0;
pub const HALF_PADDLE: f64 = PADDLE.h as f64 / 2.0;
pub const MIDDLE: Spot = Spot { x: WIDTH / 2.0, y: HEIGHT / 2.0 };

/// How far the middle of the ball is from the edge of the field when it touches the front of a paddle.
pub const FRONT: f64 = (PADDLE.margin + PADDLE.w) as f64 + RADIUS;

/// Units a second.
pub const PADDLE_SPEED: f64 = 420.0;
pub const SERVE_SPEED: f64 = 380.0;
pub const TOP_SPEED: f64 = 900.0;

/// A ball that is sent back is faster by this factor.
pub const SPEED_UP: f64 = 1.05;

/// The steepest ways of the ball, in radians from the horizontal.
pub const STEEPEST_SERVE: f64 = 0.5;
pub const STEEPEST_RETURN: f64 = 0.9;

/// Seconds.
pub const REST_AFTER_POINT: f64 = 1.0;
pub const REST_AFTER_GAME: f64 = 5.0;

//! [`Field`]: the rules of pong. It knows no network, no clock and no chance: `step` is told how much time has passed.

use crate::ball::Ball;
use crate::protocol::{Direction, GameState, Setup, State};
use crate::rules::*;

/// A game of two paddles and a ball.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    win_score: u32,
    ball: Ball,
    /// The middles of both.
    paddles: [f64; 2],
    scores: [u32; 2],
    game_state: GameState,
    /// How long the rest after a point or a game still takes, in seconds.
    rest: f64,
    serves: u32,
}

/// What happened in a step that everyone should be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    RoundStart,
    GameOver { winner: usize },
}

impl Field {
    /// A field that waits for its players.
    pub fn new(win_score: u32) -> Self {
        Self {
            win_score,
            ball: Ball::RESTING,
            paddles: [MIDDLE.y; 2],
            scores: [0; 2],
            game_state: GameState::Waiting,
            rest: 0.0,
            serves: 0,
        }
    }

    /// Begins a game: both players are here.
    pub fn begin(&mut self) -> Happening {
        self.scores = [0; 2];
        self.serve(0)
    }

    /// Ends the game: a player is gone.
    pub fn wait(&mut self) {
        *self = Self { serves: self.serves, paddles: self.paddles, ..Self::new(self.win_score) };
    }

    /// Lets `seconds` pass while the paddles move in these directions.
    pub fn step(&mut self, directions: [Direction; 2], seconds: f64) -> Option<Happening> {
        for (y, direction) in self.paddles.iter_mut().zip(directions) {
            *y += f64::from(direction.sign()) * PADDLE_SPEED * seconds;
            *y = y.clamp(HALF_PADDLE, HEIGHT - HALF_PADDLE);
        }
        match self.game_state {
            GameState::Waiting => None,
            GameState::Playing => {
                self.ball.fly(self.paddles, seconds);
                self.ball.missed_by().and_then(|loser| self.score(1 - loser))
            }
            GameState::Scored | GameState::Finished => {
                self.rest -= seconds;
                (self.rest <= 0.0).then(|| self.go_on())
            }
        }
    }

    fn score(&mut self, winner: usize) -> Option<Happening> {
        self.scores[winner] += 1;
        self.ball.at = MIDDLE;
        if self.scores[winner] < self.win_score {
            (self.game_state, self.rest) = (GameState::Scored, REST_AFTER_POINT);
            return None;
        }
        (self.game_state, self.rest) = (GameState::Finished, REST_AFTER_GAME);
        Some(Happening::GameOver { winner })
    }

    /// After a rest: the one who lost the point gets the ball, or the next game begins.
    fn go_on(&mut self) -> Happening {
        match self.game_state {
            GameState::Finished => self.begin(),
            _ => self.serve(self.ball.receiver()),
        }
    }

    fn serve(&mut self, receiver: usize) -> Happening {
        self.ball = Ball::served(receiver, self.serves);
        self.serves = self.serves.wrapping_add(1);
        self.game_state = GameState::Playing;
        Happening::RoundStart
    }

    /// What the player in this slot is told first.
    pub fn setup(&self, slot: usize) -> Setup {
        Setup { slot, field: FIELD, paddle: PADDLE, ball_size: BALL_SIZE, win_score: self.win_score }
    }

    /// How things stand.
    pub fn state(&self) -> State {
        let game_state = self.game_state;
        State { ball: self.ball.at, paddles: self.paddles, scores: self.scores, game_state }
    }
}

#[cfg(test)]
mod tests;

//! [`Bot`]: a player that is a program.

use crate::protocol::{Direction, State};
use crate::rules::*;

/// Follows the ball while it comes, and is never quite exact.
#[derive(Debug, Clone)]
pub struct Bot {
    /// After so many returns it looks elsewhere until the next round.
    patience: u32,
    returned: u32,
    last_x: f64,
    is_coming: bool,
}

impl Bot {
    /// A bot that returns the ball so many times in a round.
    pub fn new(patience: u32) -> Self {
        Self { patience, returned: 0, last_x: MIDDLE.x, is_coming: false }
    }

    /// Where it moves its paddle when things stand so.
    pub fn choose(&mut self, slot: usize, state: &State) -> Direction {
        let toward = if slot == 0 { -1.0 } else { 1.0 };
        let moved = (state.ball.x - self.last_x) * toward;
        self.last_x = state.ball.x;
        if state.ball == MIDDLE {
            self.returned = 0;
            self.is_coming = false;
        } else if moved != 0.0 {
            self.returned += u32::from(self.is_coming && moved < 0.0);
            self.is_coming = moved > 0.0;
        }
        if !self.is_coming || self.returned >= self.patience {
            return Direction::Still;
        }
        // It aims with another part of its paddle each time, so that the ball does not fly the same way for ever.
        let aim = f64::from(self.returned % 3) * 20.0 - 20.0;
        match state.ball.y - state.paddles[slot] - aim {
            off if off < -TOLERANCE => Direction::Up,
            off if off > TOLERANCE => Direction::Down,
            _ => Direction::Still,
        }
    }
}

/// How far from its aim it stops.
const TOLERANCE: f64 = 8.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Field, Happening};

    #[test]
    fn a_patient_bot_beats_an_impatient_one() {
        let mut bots = [Bot::new(1), Bot::new(u32::MAX)];
        let mut field = Field::new(2);
        field.begin();
        let happened = (0..60 * 60).find_map(|_| {
            let state = field.state();
            let directions = [bots[0].choose(0, &state), bots[1].choose(1, &state)];
            field.step(directions, 1.0 / 60.0).filter(|happening| *happening != Happening::RoundStart)
        });
        assert_eq!(happened, Some(Happening::GameOver { winner: 1 }));
    }
}

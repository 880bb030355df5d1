//! The client of `pong`: a player's side of the game, without a face.

use std::time::{Duration, Instant};

use games::{Blend, Ending, Timeline};
use repod::{Connection, ConnectionError, prelude::*};

use crate::protocol::{Direction, GameState, Setup, Spot, State, ToClient, ToClientHandler, ToServer};

/// What a player knows of the game.
#[derive(Default)]
pub struct Player {
    setup: Option<Setup>,
    states: Timeline<State>,
    direction: Direction,
    winner: Option<usize>,
    /// Why the game is over, for the player to read.
    pub ending: Option<Ending>,
}

/// What a face shows.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub setup: Setup,
    pub state: State,
    /// A line for the player, if there is something to say.
    pub notice: Option<String>,
}

/// A player with its connection.
pub struct Game {
    pub player: Player,
    connection: Connection<Player>,
}

impl Game {
    /// Sits down at a table. It blocks until the server has said where everything is.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached, or has no seat.
    pub fn join(addr: impl ToString) -> repod::Result<Self> {
        let mut game = Self { player: Player::default(), connection: repod::connect(addr) };
        while game.player.setup.is_none() {
            if !game.go_on() {
                return Err(game.player.ending.unwrap_or_else(|| Ending::because("the connection is over")).into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(game)
    }

    /// Handles what has come; `false` when the connection is over.
    pub fn go_on(&mut self) -> bool {
        self.connection.pump(&mut self.player).is_open()
    }

    /// Moves the paddle so from now on.
    pub fn steer(&mut self, direction: Direction) {
        if self.player.direction != direction {
            self.player.direction = direction;
            // A connection that is over says so by itself.
            let _ = self.connection.send(ToServer::Input { direction });
        }
    }
}

impl Player {
    /// What to show now.
    pub fn view(&self, now: Instant) -> Option<View> {
        let setup = self.setup.clone()?;
        let state = self.states.at(now)?;
        let notice = match (&self.ending, state.game_state, self.winner) {
            (Some(ending), ..) => Some(ending.to_string()),
            (None, GameState::Waiting, _) => Some("waiting for the other player".to_owned()),
            (None, GameState::Finished, Some(winner)) if winner == setup.slot => Some("you win!".to_owned()),
            (None, GameState::Finished, Some(_)) => Some("you lose".to_owned()),
            _ => None,
        };
        Some(View { setup, state, notice })
    }

    /// The newest state, and in which slot this player is.
    pub fn latest(&self) -> Option<(usize, &State)> {
        Some((self.setup.as_ref()?.slot, self.states.latest()?))
    }
}

impl Client for Player {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_close(&mut self, reason: CloseReason) {
        self.ending.get_or_insert_with(|| Ending::because(reason));
    }

    fn on_error(&mut self, error: ConnectionError) {
        if let ConnectionError::Connect(error) = error {
            self.ending = Some(Ending::because(error));
        }
    }
}

impl ToClientHandler for Player {
    fn on_setup(&mut self, setup: Setup) -> repod::Result {
        self.setup = Some(setup);
        Ok(())
    }

    fn on_full(&mut self) -> repod::Result {
        self.ending = Some(Ending::because("two are playing there already"));
        Ok(())
    }

    fn on_round_start(&mut self) -> repod::Result {
        self.winner = None;
        Ok(())
    }

    fn on_state(&mut self, state: State) -> repod::Result {
        self.states.push(Instant::now(), state);
        Ok(())
    }

    fn on_game_over(&mut self, winner: usize) -> repod::Result {
        self.winner = Some(winner);
        Ok(())
    }

    fn on_opponent_left(&mut self) -> repod::Result {
        Ok(())
    }
}

impl Blend for State {
    fn blend(&self, next: &Self, share: f64) -> Self {
        let mix = |from: f64, to: f64| from + (to - from) * share;
        let ball = Spot { x: mix(self.ball.x, next.ball.x), y: mix(self.ball.y, next.ball.y) };
        let paddles = [mix(self.paddles[0], next.paddles[0]), mix(self.paddles[1], next.paddles[1])];
        Self { ball, paddles, ..self.clone() }
    }
}

//! The client of `tag`: a player's side of the game, without a face.

use std::time::{Duration, Instant};

use games::{Blend, Ending, Timeline};
use repod::{Connection, ConnectionError, prelude::*};

use crate::arena::COOLDOWN;
use crate::protocol::{Runner, Setup, State, ToClient, ToClientHandler, ToServer};

/// What a player knows of the game.
#[derive(Default)]
pub struct Player {
    setup: Option<Setup>,
    states: Timeline<State>,
    direction: (f64, f64),
    /// Who caught whom, as far as this player has seen.
    pub catches: Vec<(u32, u32)>,
    caught: Option<Instant>,
    ending: Option<Ending>,
}

/// What the window shows.
#[cfg(feature = "graphics")]
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub setup: Setup,
    pub state: State,
    /// A line for the player.
    pub notice: String,
}

/// A player with its connection.
pub struct Game {
    pub player: Player,
    connection: Connection<Player>,
}

impl Game {
    /// Enters an arena. It blocks until the server has said where everything is.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
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

    /// Runs this way from now on.
    pub fn steer(&mut self, dx: f64, dy: f64) {
        if self.player.direction != (dx, dy) {
            self.player.direction = (dx, dy);
            // A connection that is over says so by itself.
            let _ = self.connection.send(ToServer::Input { dx, dy });
        }
    }
}

impl Player {
    /// What to show now.
    #[cfg(feature = "graphics")]
    pub fn view(&self, now: Instant) -> Option<View> {
        let setup = self.setup.clone()?;
        let state = self.states.at(now)?;
        let notice = match &self.ending {
            Some(ending) => ending.to_string(),
            None if state.players.len() == 1 => "waiting for others".to_owned(),
            None if state.it == setup.your_id => "you are it: catch somebody!".to_owned(),
            None => "run!".to_owned(),
        };
        Some(View { setup, state, notice })
    }

    /// Whether this player was caught so recently that it cannot tag anybody yet.
    pub fn is_resting(&self, now: Instant) -> bool {
        self.caught.is_some_and(|caught| now.duration_since(caught).as_secs_f64() < COOLDOWN)
    }

    /// The newest state, and who this player is.
    pub fn latest(&self) -> Option<(u32, &State)> {
        Some((self.setup.as_ref()?.your_id, self.states.latest()?))
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

    fn on_state(&mut self, state: State) -> repod::Result {
        self.states.push(Instant::now(), state);
        Ok(())
    }

    fn on_tagged(&mut self, tagger: u32, tagged: u32) -> repod::Result {
        self.catches.push((tagger, tagged));
        if self.setup.as_ref().is_some_and(|setup| setup.your_id == tagged) {
            self.caught = Some(Instant::now());
        }
        Ok(())
    }
}

impl Blend for State {
    fn blend(&self, next: &Self, share: f64) -> Self {
        let mix = |from: f64, to: f64| from + (to - from) * share;
        let mut state = self.clone();
        // Who has just left stays for this moment, and who has just come is not here yet.
        for (id, runner) in &mut state.players {
            if let Some(next) = next.players.get(id) {
                *runner = Runner { x: mix(runner.x, next.x), y: mix(runner.y, next.y), ..*runner };
            }
        }
        state
    }
}

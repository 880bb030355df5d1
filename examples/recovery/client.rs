//! The client of `recovery`: it scores again and again, and comes back by itself when it loses its server.

use std::time::Duration;

use repod::prelude::*;
use repod::{Interruption, Reconnect, Resumption, SendError};

use crate::protocol::{State, ToClient, ToClientHandler, ToServer};

#[derive(Default)]
struct Game {
    server: Option<Peer<ToServer>>,
    session_id: Option<String>,
    points: u32,
    goal: u32,
}

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    /// To the server this is a new client, the first time and when it was restarted.
    fn on_connect(&mut self, server: &Peer<ToServer>) -> repod::Result {
        self.server = Some(server.clone());
        match &self.session_id {
            Some(session_id) => server.send(ToServer::RecoverSession { session_id: session_id.clone() })?,
            None => server.send(ToServer::Score { points: 1 })?,
        }
        Ok(())
    }

    /// The server has only lost this client for a moment: there is nothing to do.
    fn on_resume(&mut self, _: &Peer<ToServer>, how: Resumption) -> repod::Result {
        println!("back again: {how:?}");
        Ok(())
    }

    fn on_reconnecting(&mut self, attempt: u32, delay: Duration, reason: &Interruption) {
        println!("{reason}; attempt {attempt} in {:.1} s", delay.as_secs_f32());
    }

    fn on_close(&mut self, reason: CloseReason) {
        println!("over: {reason}");
    }
}

impl ToClientHandler for Game {
    fn on_session_created(&mut self, session_id: String) -> repod::Result {
        self.session_id = Some(session_id);
        Ok(())
    }

    fn on_state_recovered(&mut self, state: State) -> repod::Result {
        println!("recovered {} points", state.points);
        self.on_points(state.points)
    }

    fn on_recovery_failed(&mut self) -> repod::Result {
        println!("nothing to recover");
        self.on_points(0)
    }

    fn on_points(&mut self, points: u32) -> repod::Result {
        if points < self.points {
            return Err(format!("{} points are lost", self.points - points).into());
        }
        println!("{points} points");
        self.points = points;
        let server = self.server.as_ref().ok_or("points came before the connection")?;
        if points >= self.goal {
            server.close("the goal is reached");
            return Ok(());
        }
        match server.send(ToServer::Score { points: 1 }) {
            // It was lost meanwhile; with the next one it goes on from what was kept.
            Err(SendError::Closed) => Ok(()),
            sent => Ok(sent?),
        }
    }
}

/// Plays until it has so many points.
pub fn play(addr: &str, goal: u32) -> repod::Result {
    let policy = Reconnect::default().base(Duration::from_millis(100));
    let mut connection = repod::connect::<Game>(addr).reconnect(policy);
    let mut game = Game { goal, ..Game::default() };
    while connection.pump(&mut game).is_open() {
        // One frame of the game. It scores once a frame at most.
        std::thread::sleep(Duration::from_millis(10));
    }
    if game.points < goal {
        return Err(format!("{} of {goal} points", game.points).into());
    }
    Ok(())
}

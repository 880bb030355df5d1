//! The server of `recovery`: it keeps the points of each player under a name that nobody can guess.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use repod::prelude::*;
use repod::{Resumption, SessionStore};

use crate::protocol::{State, ToClient, ToServer, ToServerHandler};

pub struct Arcade {
    pub store: Arc<dyn SessionStore>,
    pub best: AtomicU32,
}

pub struct Player {
    peer: Peer<ToClient>,
    arcade: Arc<Arcade>,
    session_id: String,
    state: State,
}

impl Arcade {
    pub fn new(store: impl SessionStore + 'static) -> Self {
        Self { store: Arc::new(store), best: AtomicU32::new(0) }
    }
}

impl Server for Arcade {
    type Channel = Player;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Player {
        Player { peer, arcade: self.clone(), session_id: String::new(), state: State::default() }
    }
}

impl Channel for Player {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        self.begin()
    }

    /// A client that was away for a moment only finds all as it was: this channel, and its points.
    async fn on_resume(&mut self, how: Resumption) -> repod::Result {
        println!("{} is back: {how:?}", self.peer.addr());
        Ok(())
    }
}

impl ToServerHandler for Player {
    async fn on_score(&mut self, points: u32) -> repod::Result {
        self.state.points = self.state.points.saturating_add(points);
        self.save().await?;
        self.peer.send(ToClient::Points { points: self.state.points })?;
        self.arcade.best.fetch_max(self.state.points, Ordering::Relaxed);
        Ok(())
    }

    async fn on_recover_session(&mut self, session_id: String) -> repod::Result {
        let kept = self.arcade.store.load(&session_id).await?;
        let Some(points) = kept.and_then(|kept| String::from_utf8(kept).ok()?.parse().ok()) else {
            self.peer.send(ToClient::RecoveryFailed)?;
            return self.begin();
        };
        self.state = State { points };
        // From now on it is kept under the new name; the old one is of no use to anybody who has overheard it.
        self.save().await?;
        self.arcade.store.remove(&session_id).await?;
        self.peer.send(ToClient::StateRecovered { state: self.state })?;
        Ok(())
    }
}

impl Player {
    fn begin(&mut self) -> repod::Result {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        self.session_id = random.map(|byte| format!("{byte:02x}")).concat();
        self.peer.send(ToClient::SessionCreated { session_id: self.session_id.clone() })?;
        Ok(())
    }

    async fn save(&self) -> repod::Result {
        self.arcade.store.save(&self.session_id, self.state.points.to_string().into_bytes()).await
    }
}

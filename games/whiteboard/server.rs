//! The server of `whiteboard`: it keeps what was drawn, and relays what is drawn.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use repod::prelude::*;

use crate::board::Board;
use crate::protocol::{Color, Line, Spot, ToClient, ToServer, ToServerHandler};

/// Where everyone draws on one board.
#[derive(Default)]
pub struct Studio {
    desk: Mutex<Desk>,
    joined: AtomicU64,
}

#[derive(Default)]
struct Desk {
    board: Board,
    /// Who was told what is on the board, and is told what is drawn from then on.
    artists: HashSet<PeerId>,
}

impl Desk {
    /// To all artists; the lock is held meanwhile, so that nobody who joins misses anything or gets it twice.
    fn tell(&self, peers: &Peers<ToClient>, message: ToClient) -> repod::Result {
        peers.send_if(message, |id| self.artists.contains(&id))?;
        Ok(())
    }
}

impl Server for Studio {
    type Channel = Artist;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Artist {
        let id = self.joined.fetch_add(1, Ordering::Relaxed).to_string();
        Artist { studio: self.clone(), peer, id }
    }
}

/// Who draws.
pub struct Artist {
    studio: Arc<Studio>,
    peer: Peer<ToClient>,
    id: String,
}

impl Artist {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.studio.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel for Artist {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        let mut desk = self.desk();
        self.peer.send(ToClient::Initial { lines: desk.board.drawings() })?;
        desk.artists.insert(self.peer.id());
        desk.tell(self.peer.peers(), ToClient::Players { count: desk.artists.len() })
    }

    async fn on_close(&mut self, _reason: CloseReason) {
        let mut desk = self.desk();
        desk.artists.remove(&self.peer.id());
        if let Err(error) = desk.tell(self.peer.peers(), ToClient::Players { count: desk.artists.len() }) {
            eprintln!("{}: {error}", self.peer.addr());
        }
    }
}

impl ToServerHandler for Artist {
    fn on_startline(&mut self, point: Spot, color: Color, thickness: u32) -> repod::Result {
        check(thickness)?;
        let mut desk = self.desk();
        desk.board.begin(&self.id, Line { points: vec![point], color, thickness });
        desk.tell(self.peer.peers(), ToClient::Startline { id: self.id.clone(), point, color, thickness })
    }

    fn on_drawpoint(&mut self, point: Spot, color: Option<Color>, thickness: Option<u32>) -> repod::Result {
        thickness.map_or(Ok(()), check)?;
        let mut desk = self.desk();
        desk.board.draw(&self.id, point);
        desk.tell(self.peer.peers(), ToClient::Drawpoint { id: self.id.clone(), point, color, thickness })
    }
}

fn check(thickness: u32) -> repod::Result {
    if !(1..=THICKEST).contains(&thickness) {
        return Err(format!("a thickness is from 1 to {THICKEST}, not {thickness}").into());
    }
    Ok(())
}

/// A brush for walls, not for boards, is thicker.
const THICKEST: u32 = 100;

//! The server of `chat`: a room in which everyone hears everyone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use repod::prelude::*;

use crate::protocol::{ToClient, ToServer, ToServerHandler};

/// The room: who is in it, in the order in which they came.
#[derive(Default)]
pub struct Room {
    nicknames: Mutex<BTreeMap<PeerId, String>>,
}

impl Room {
    /// Changes who is here and tells everyone. Both happen under the lock, so that the last list sent is the last list made.
    fn update(&self, peers: &Peers<ToClient>, change: impl FnOnce(&mut BTreeMap<PeerId, String>)) -> repod::Result {
        let mut nicknames = self.nicknames.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut nicknames);
        let list = nicknames.values().cloned().collect();
        peers.send(ToClient::Players { list })?;
        Ok(())
    }
}

impl Server for Room {
    type Channel = Chatter;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Chatter {
        Chatter { room: self.clone(), peer, nickname: "Anonymous".to_owned() }
    }
}

/// One participant.
pub struct Chatter {
    room: Arc<Room>,
    peer: Peer<ToClient>,
    nickname: String,
}

impl Chatter {
    fn announce(&self, what: &str) -> repod::Result {
        let text = format!("{} {what} the chat", self.nickname);
        self.peer.peers().send(ToClient::System { text })?;
        Ok(())
    }
}

impl Channel for Chatter {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        self.announce("joined")?;
        let (id, nickname) = (self.peer.id(), self.nickname.clone());
        self.room.update(self.peer.peers(), |nicknames| {
            nicknames.insert(id, nickname);
        })
    }

    async fn on_close(&mut self, _reason: CloseReason) {
        let id = self.peer.id();
        let told = self.announce("left").and_then(|()| {
            self.room.update(self.peer.peers(), |nicknames| {
                nicknames.remove(&id);
            })
        });
        if let Err(error) = told {
            eprintln!("{}: {error}", self.peer.addr());
        }
    }
}

impl ToServerHandler for Chatter {
    async fn on_nickname(&mut self, nickname: String) -> repod::Result {
        self.nickname.clone_from(&nickname);
        let id = self.peer.id();
        self.room.update(self.peer.peers(), |nicknames| {
            nicknames.insert(id, nickname);
        })
    }

    async fn on_message(&mut self, text: String) -> repod::Result {
        let nickname = self.nickname.clone();
        self.peer.peers().send(ToClient::Message { text, nickname })?;
        Ok(())
    }
}

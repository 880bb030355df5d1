//! The server of `keepalive`: it asks everyone again and again, and lets those go who do not answer any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use repod::prelude::*;

use crate::protocol::{ToClient, ToServer, ToServerHandler};

/// Where everyone may stay who answers.
pub struct Lounge {
    guests: Arc<Guests>,
}

#[derive(Default)]
struct Guests {
    by_id: Mutex<BTreeMap<PeerId, Guest>>,
}

struct Guest {
    peer: Peer<ToClient>,
    heard: Instant,
}

impl Lounge {
    /// A lounge that asks every `interval`, and takes for dead who was silent for `patience`.
    pub fn new(interval: Duration, patience: Duration) -> Self {
        let guests = Arc::new(Guests::default());
        let weak = Arc::downgrade(&guests);
        std::thread::spawn(move || {
            // It ends with the server, which holds the guests.
            while let Some(guests) = weak.upgrade() {
                guests.ask(patience);
                drop(guests);
                std::thread::sleep(interval);
            }
        });
        Self { guests }
    }
}

impl Guests {
    fn ask(&self, patience: Duration) {
        for guest in self.lock().values() {
            if guest.heard.elapsed() > patience {
                guest.peer.close(CloseReason::Timeout(patience));
            } else {
                // One that is gone leaves the list by itself.
                let _ = guest.peer.send(ToClient::Ping);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PeerId, Guest>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server for Lounge {
    type Channel = Visitor;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Visitor {
        Visitor { guests: self.guests.clone(), peer }
    }
}

/// One client.
pub struct Visitor {
    guests: Arc<Guests>,
    peer: Peer<ToClient>,
}

impl Channel for Visitor {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_connect(&mut self) -> repod::Result {
        println!("{} came", self.peer.addr());
        let guest = Guest { peer: self.peer.clone(), heard: Instant::now() };
        self.guests.lock().insert(self.peer.id(), guest);
        Ok(())
    }

    async fn on_close(&mut self, reason: CloseReason) {
        println!("{} is gone: {reason}", self.peer.addr());
        self.guests.lock().remove(&self.peer.id());
    }
}

impl ToServerHandler for Visitor {
    fn on_pong(&mut self) -> repod::Result {
        if let Some(guest) = self.guests.lock().get_mut(&self.peer.id()) {
            guest.heard = Instant::now();
        }
        Ok(())
    }
}

//! The server of `hello`: it welcomes everyone by name.

use std::sync::Arc;

use repod::prelude::*;

use crate::protocol::{ToClient, ToServer, ToServerHandler};

pub struct Lobby;

pub struct Guest {
    peer: Peer<ToClient>,
}

impl Server for Lobby {
    type Channel = Guest;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Guest {
        Guest { peer }
    }
}

impl Channel for Guest {
    type Incoming = ToServer;
    type Outgoing = ToClient;
}

impl ToServerHandler for Guest {
    async fn on_hello(&mut self, name: String) -> repod::Result {
        self.peer.send(ToClient::Welcome { text: format!("Hi {name}!") })?;
        Ok(())
    }
}

//! Enums without the derive.

use repod::prelude::*;

enum ToServer {
    Ping,
}

enum ToClient {
    Pong,
}

struct Guest;

impl Channel for Guest {
    type Incoming = ToServer;
    type Outgoing = ToClient;
}

fn main() {}

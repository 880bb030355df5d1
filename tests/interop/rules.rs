//! A server of ours with rules for what it is sent, and a Python client that breaks them and waits for an answer.
//! What breaks a rule on the wire is tested in `it`.

use std::sync::Arc;
use std::time::Duration;

use repod::{ConnectionError, prelude::*};
use tests::Python;

#[derive(Action)]
enum ToServer {
    #[action(validate = is_off_the_rock)]
    Move {
        #[action(range = 0.0..=1000.0)]
        x: f64,
        #[action(range = 0.0..=1000.0)]
        y: f64,
        #[action(max_len = 5, validate = is_polite)]
        cheer: Option<String>,
    },
}

#[derive(Action)]
enum ToClient {
    Moved {
        x: f64,
        y: f64,
        cheer: Option<String>,
    },
    #[action(method = "on_error_message")]
    Error {
        message: String,
    },
}

fn is_polite(cheer: &Option<String>) -> bool {
    cheer.as_deref() != Some("damn")
}

fn is_off_the_rock(x: &f64, y: &f64, _: &Option<String>) -> Result<(), &'static str> {
    if (*x, *y) == (500.0, 500.0) { Err("there is a rock, and a secret under it") } else { Ok(()) }
}

struct Board;

struct Mover {
    peer: Peer<ToClient>,
}

impl Server for Board {
    type Channel = Mover;

    fn channel(self: &Arc<Self>, peer: Peer<ToClient>) -> Mover {
        Mover { peer }
    }
}

impl Channel for Mover {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    fn error_reply(&self, error: &ConnectionError) -> Option<ToClient> {
        Some(ToClient::Error { message: error.public_text().to_owned() })
    }
}

impl ToServerHandler for Mover {
    async fn on_move(&mut self, x: f64, y: f64, cheer: Option<String>) -> repod::Result {
        if cheer.as_deref() == Some("crash") {
            return Err("the database at 10.0.0.7 is down".into());
        }
        self.peer.send(ToClient::Moved { x, y, cheer })?;
        Ok(())
    }
}

#[test]
fn a_python_client_that_breaks_a_rule_gets_a_generic_error_and_goes_on() {
    let Some(python) = Python::find() else { return };
    let server = Board.spawn("127.0.0.1:0").unwrap();
    let mut client = python.client("mover_client.py", server.local_addr());
    client.says(&["connected", "connected"]);
    let refused = "error {'action': 'error', 'message': 'a message was refused'}";
    let failed = "error {'action': 'error', 'message': 'something went wrong'}";
    let broken = [
        ("{'x': 1000.5, 'y': 0}", refused),
        ("{'x': 0, 'y': -1}", refused),
        // In another order than the enum's.
        ("{'y': -1, 'x': 0}", refused),
        ("{'x': 0, 'y': 1e999}", refused),
        ("{'x': 0, 'y': 0, 'cheer': 'hurray'}", refused),
        ("{'x': 0, 'y': 0, 'cheer': 'damn'}", refused),
        ("{'x': 500, 'y': 500}", refused),
        ("{'x': '0', 'y': 0}", refused),
        ("{'x': 0, 'y': 0, 'cheer': 'crash'}", failed),
    ];
    for (index, (fields, error)) in broken.iter().enumerate() {
        client.tell(fields);
        client.says(&[error]);
        // Five characters are five in Python and in Rust, whatever they are in bytes.
        client.tell(&format!("{{'x': {index}, 'y': 1000, 'cheer': 'Zoë🎮!'}}"));
        client.says(&[&format!("moved {{'action': 'moved', 'x': {index}.0, 'y': 1000.0, 'cheer': 'Zoë🎮!'}}")]);
    }
    client.close_input();
    client.says(&["disconnected"]);
    client.succeeds();
    server.shutdown(Duration::from_secs(5)).unwrap();
}

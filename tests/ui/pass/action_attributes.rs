//! Every setting of `#[action(..)]`, and what it does to the wire and to the methods.

use repod::Action;

#[derive(Action, Debug, PartialEq)]
#[action(sync, rename_all = "SCREAMING-KEBAB-CASE")]
#[action(crate = "::repod")]
enum ToServer {
    PlayerMoved {
        #[action(lenient)]
        x: i32,
    },
    #[action(rename = "say", method = "on_speech")]
    PlayerSaid { text: String },
    #[action(lenient)]
    Points { won: u8, lost: u8 },
    #[action(method = "on_connect_request")]
    Connect,
}

#[derive(Action, Debug, PartialEq)]
#[action(lenient)]
enum Numbers {
    One { number: u64 },
    All(#[action(lenient)] Many),
}

#[derive(Debug, PartialEq, repod::serde::Serialize, repod::serde::Deserialize)]
#[serde(crate = "repod::serde")]
struct Many {
    numbers: Vec<i8>,
}

struct Handler;

impl ToServerHandler for Handler {
    fn on_player_moved(&mut self, _: i32) -> repod::Result {
        Ok(())
    }

    fn on_speech(&mut self, _: String) -> repod::Result {
        Ok(())
    }

    fn on_points(&mut self, _: u8, _: u8) -> repod::Result {
        Ok(())
    }

    fn on_connect_request(&mut self) -> repod::Result {
        Ok(())
    }
}

fn main() {
    assert_eq!(ToServer::NAMES, ["PLAYER-MOVED", "say", "POINTS", "CONNECT"]);
    assert_eq!(ToServer::PlayerSaid { text: String::new() }.name(), "say");

    // The floats 2.0 and -3.0, as Python's `/` makes them.
    let moved = repod::decode(b"\x82\xa6action\xacPLAYER-MOVED\xa1x\xcb\x40\0\0\0\0\0\0\0");
    assert_eq!(moved, Ok(ToServer::PlayerMoved { x: 2 }));
    let points = repod::decode(b"\x83\xa6action\xa6POINTS\xa3won\xca\x40\0\0\0\xa4lost\x01");
    assert_eq!(points, Ok(ToServer::Points { won: 2, lost: 1 }));
    let one = repod::decode(b"\x82\xa6action\xa3one\xa6number\xcb\x40\0\0\0\0\0\0\0");
    assert_eq!(one, Ok(Numbers::One { number: 2 }));
    let all = repod::decode(b"\x82\xa6action\xa3all\xa7numbers\x92\xcb\x40\0\0\0\0\0\0\0\x05");
    assert_eq!(all, Ok(Numbers::All(Many { numbers: vec![2, 5] })));

    let _: fn(ToServer, &mut Handler) -> repod::Result = repod::DispatchSync::dispatch_sync;
}

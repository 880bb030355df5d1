// ANCHOR: all
//! Looks at a message as it is on the wire.

use dungeon::*;

fn main() -> repod::Result {
    let step = ToServer::Step { to: Direction::North };
    let frame = repod::encode(&step)?;
    println!("{} bytes: {}", frame.len(), frame.escape_ascii());

    // The first four bytes are the length of the rest.
    let received: ToServer = repod::decode(&frame[4..])?;
    println!("{received:?}");

    // The same message, but `to` is the number 7.
    let error = repod::decode::<ToServer>(b"\x82\xa6action\xa4step\xa2to\x07").unwrap_err();
    println!("{error}");
    Ok(())
}
// ANCHOR_END: all

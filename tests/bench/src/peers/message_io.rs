//! message-io: the echo over its framed TCP, with serde's tagged enum.
//! Its clients are written by hand, with its prefix.

use anyhow::{Context, Result};
use message_io::network::{NetEvent, Transport};
use message_io::node;

use crate::protocol::Tagged;
use crate::serving::Door;

pub fn serve(door: Door) -> Result<()> {
    let (handler, listener) = node::split::<()>();
    let (_, addr) = handler.network().listen(Transport::FramedTcp, "127.0.0.1:0").context("cannot listen")?;
    door.opened(addr.port());
    listener.for_each(move |event| {
        if let NetEvent::Message(client, bytes) = event.network() {
            let answer = rmp_serde::from_slice::<Tagged>(bytes).ok().map(Tagged::answer);
            if let Some(bytes) = answer.and_then(|answer| rmp_serde::to_vec_named(&answer).ok()) {
                handler.network().send(client, &bytes);
            }
        }
    });
    Ok(())
}

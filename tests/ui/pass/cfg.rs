//! `#[cfg]` and `#[cfg_attr]` on variants and fields.

use repod::Action;

#[derive(Action, Debug, PartialEq)]
enum ToServer {
    #[cfg(any())]
    Gone { nothing: Unheard },
    #[cfg(all())]
    Here {
        #[cfg(any())]
        gone: Unheard,
        #[cfg(all())]
        here: u8,
    },
    #[cfg_attr(all(), action(rename = "other"))]
    Renamed {
        #[cfg_attr(all(), serde(default))]
        here: u8,
    },
}

struct Handler;

impl ToServerHandler for Handler {
    async fn on_here(&mut self, _here: u8) -> repod::Result {
        Ok(())
    }

    async fn on_renamed(&mut self, _here: u8) -> repod::Result {
        Ok(())
    }
}

fn main() {
    assert_eq!(ToServer::NAMES, ["here", "other"]);
    assert_eq!(repod::decode(b"\x81\xa6action\xa5other"), Ok(ToServer::Renamed { here: 0 }));
}

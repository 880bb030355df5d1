//! `#[action(crate = "..")]`, for a crate that re-exports repod or depends on it under another name.

mod exported {
    pub use repod as net;
}

use repod as other;

#[derive(exported::net::Action)]
#[action(crate = "crate::exported::net")]
enum ThroughAModule {
    Ping,
}

#[derive(other::Action)]
#[action(crate = "other", sync)]
enum ThroughAName {
    Ping,
}

mod inner {
    #[derive(repod::Action)]
    #[action(crate = "super::exported::net")]
    pub(super) enum ThroughSuper {
        Ping { number: u8 },
    }
}

fn main() {
    assert!(repod::encode(&ThroughAModule::Ping).is_ok());
    assert!(repod::encode(&ThroughAName::Ping).is_ok());
    assert!(repod::encode(&inner::ThroughSuper::Ping { number: 1 }).is_ok());
}

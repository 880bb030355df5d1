//! The pages of the book, whose code is compiled and run as the tests of this crate's documentation. It is no library
//! but for the [`Stranger`] that they talk to. `tests/book` checks that no page and no block of code is left out.

mod stranger;

pub use stranger::Stranger;

#[cfg(doctest)]
mod pages {
    #[doc = include_str!("src/introduction.md")]
    struct Introduction;
    #[doc = include_str!("src/kinds/plain-loop.md")]
    struct PlainLoop;
    #[doc = include_str!("src/kinds/tokio.md")]
    struct Tokio;
    #[doc = include_str!("src/kinds/host-and-play.md")]
    struct HostAndPlay;
    #[doc = include_str!("src/kinds/python.md")]
    struct Python;
    #[doc = include_str!("src/guides/errors.md")]
    struct GuideErrors;
    #[doc = include_str!("src/guides/connections.md")]
    struct GuideConnections;
    #[doc = include_str!("src/validation.md")]
    struct Validation;
    #[doc = include_str!("src/testing.md")]
    struct Testing;
    #[doc = include_str!("src/guides/shutdown.md")]
    struct GuideShutdown;
    #[doc = include_str!("src/guides/reconnecting.md")]
    struct GuideReconnecting;
    #[doc = include_str!("src/guides/timeouts.md")]
    struct GuideTimeouts;
    #[doc = include_str!("src/migrating/python.md")]
    struct MigratingFromPython;
    #[doc = include_str!("src/migrating/podsixnet.md")]
    struct MigratingFromPodSixNet;
    #[doc = include_str!("src/cookbook.md")]
    struct Cookbook;
    #[doc = include_str!("src/features.md")]
    struct Features;
    #[doc = include_str!("src/wire.md")]
    struct Wire;
    #[doc = include_str!("src/limits.md")]
    struct Limits;
    #[doc = include_str!("src/misbehaving-peers.md")]
    struct MisbehavingPeers;
    #[doc = include_str!("src/logging.md")]
    struct Logging;
}

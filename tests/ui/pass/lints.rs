//! A public enum, documented or not, in a crate that turns every lint on.

#![deny(warnings, missing_docs, unused, nonstandard_style, future_incompatible, rust_2024_compatibility)]
#![deny(elided_lifetimes_in_paths, explicit_outlives_requirements, let_underscore, redundant_lifetimes, single_use_lifetimes)]
#![deny(trivial_casts, trivial_numeric_casts, unit_bindings, unnameable_types, unreachable_pub, unused_import_braces)]
#![deny(unused_lifetimes, unused_qualifications, unused_results, impl_trait_redundant_captures, redundant_imports)]
#![deny(private_bounds, private_interfaces, missing_debug_implementations, unsafe_code)]
#![forbid(missing_abi)]

fn is_right(_: &f64, _: &f64) -> bool {
    true
}

fn is_number(_: &f64) -> Result<(), String> {
    Ok(())
}

/// What the world can see.
pub mod public {
    /// What a client says.
    ///
    /// ```
    /// // An example.
    /// ```
    #[derive(repod::Action, Debug)]
    #[non_exhaustive]
    pub enum ToServer {
        /// The player moved. See [`Self::Ping`].
        #[action(validate = crate::is_right)]
        Move {
            /// To the right.
            #[action(range = 0.0..=1.0)]
            x: f64,
            /// Down.
            #[deprecated]
            #[action(range = -1.0.., validate = crate::is_number)]
            y: f64,
        },
        /// Still there.
        #[doc(alias = "alive")]
        Ping,
        /// Not any more.
        #[deprecated]
        Old,
        /** Many fields. */
        Many {
            /// One.
            a: bool,
            /// Two.
            b: bool,
            /// Three.
            c: bool,
            /// Four.
            d: bool,
            /// Five.
            e: u8,
            /// Six.
            f: u8,
            /// Seven.
            g: u8,
            /// Eight.
            h: u8,
        },
    }
}

mod private {
    #[derive(repod::Action)]
    enum Incoming {
        Ping,
        Move { x: f64 },
    }

    #[derive(repod::Action)]
    #[action(sync)]
    enum Outgoing {
        Ping,
        Move { x: f64 },
    }

    #[derive(repod::Action)]
    #[allow(non_camel_case_types, non_snake_case)]
    pub(super) enum odd {
        lower { mixedCase: u8 },
    }

    struct Handler;

    impl IncomingHandler for Handler {
        async fn on_ping(&mut self) -> repod::Result {
            Ok(())
        }

        async fn on_move(&mut self, _x: f64) -> repod::Result {
            Ok(())
        }
    }

    impl OutgoingHandler for Handler {
        fn on_ping(&mut self) -> repod::Result {
            Ok(())
        }

        fn on_move(&mut self, _x: f64) -> repod::Result {
            Ok(())
        }
    }

    pub(super) fn run() {
        fn dispatched<H, A: repod::Dispatch<H>>(_: &H) {}
        dispatched::<_, Incoming>(&Handler);
        dispatched::<_, Outgoing>(&Handler);
        assert!(repod::decode::<Incoming>(b"\x81\xa6action\xa4ping").is_ok());
    }
}

fn main() {
    private::run();
    assert!(repod::encode(&private::odd::lower { mixedCase: 1 }).is_ok());
    assert!(repod::encode(&public::ToServer::Ping).is_ok());
}

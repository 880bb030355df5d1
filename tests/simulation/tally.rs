//! [`Tally`]: what happened in many runs together, so that faults which never fire do not go unnoticed.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use repod::CloseReason;

use crate::model::{Books, End};
use crate::plan::FaultKind;

/// Counts of what happened.
#[derive(Default)]
pub struct Tally {
    counts: BTreeMap<String, u64>,
}

impl Tally {
    pub fn of(books: &Books) -> Self {
        let mut tally = Self::default();
        for (kind, count) in &books.fired {
            tally.add(format!("fault {kind:?} met open connections"), *count);
        }
        for seat in books.seats.values() {
            match &seat.reason {
                Some(reason) => tally.add(format!("server closed {}", name(reason)), 1),
                None => tally.add("server killed before it closed".to_owned(), 1),
            }
            tally.add("messages heard by the server".to_owned(), seat.got);
        }
        for line in &books.lines {
            let end = match &line.end {
                None => "unknown",
                Some(End::Failed) => "Failed",
                Some(End::Silent) => "Silent",
                Some(End::Closed(reason)) => name(reason),
            };
            tally.add(format!("client ended {end}"), 1);
            tally.add("messages heard by clients".to_owned(), line.got.len() as u64);
            let ends = [line.end.as_ref().map(|_| end), seat_reason(books, line.peer)];
            for kind in &line.faults {
                for end in ends.into_iter().flatten() {
                    tally.add(format!("after {kind:?} ended {end}"), 1);
                }
            }
            if line.held.is_some_and(|held| line.got.len() > held) {
                tally.add("messages came after a hold was released".to_owned(), 1);
            }
        }
        tally.add("connections cut by a shutdown".to_owned(), books.cut);
        tally
    }

    fn add(&mut self, what: String, count: u64) {
        if count > 0 {
            *self.counts.entry(what).or_default() += count;
        }
    }

    /// Every kind of fault has met open connections, and every kind of end was seen.
    pub fn assert_everything_happened(&self) {
        let mut missing = Vec::new();
        let mut must = |what: String| {
            if !self.counts.contains_key(&what) {
                missing.push(what);
            }
        };
        for kind in FaultKind::ALL {
            must(format!("fault {kind:?} met open connections"));
        }
        let effects = [
            (FaultKind::Partition, ["Timeout"].as_slice()),
            (FaultKind::Deaf, &["Timeout"]),
            (FaultKind::Hold, &["Timeout"]),
            (FaultKind::Kill, &["PeerLeft"]),
            (FaultKind::PowerLoss, &["Timeout"]),
            (FaultKind::ServerKill, &["PeerLeft"]),
        ];
        for (kind, ends) in effects {
            for end in ends {
                must(format!("after {kind:?} ended {end}"));
            }
        }
        for end in [
            "PeerLeft",
            "Timeout",
            "Lost",
            "Truncated",
            "Slow",
            "Requested",
            "Shutdown",
            "Malformed",
            "FrameTooLarge",
            "FrameTimeout",
            "WrongProtocol",
            "TooManyViolations",
        ] {
            must(format!("server closed {end}"));
        }
        for end in ["Farewell", "Requested", "PeerLeft", "Timeout", "Lost", "Failed", "Silent"] {
            must(format!("client ended {end}"));
        }
        must("messages came after a hold was released".to_owned());
        must("connections cut by a shutdown".to_owned());
        assert!(missing.is_empty(), "these never happened: {missing:#?}\n{self}");
    }
}

fn seat_reason(books: &Books, peer: Option<u64>) -> Option<&'static str> {
    books.seats.get(&peer?)?.reason.as_ref().map(name)
}

fn name(reason: &CloseReason) -> &'static str {
    match reason {
        CloseReason::Requested(_) => "Requested",
        CloseReason::Shutdown => "Shutdown",
        CloseReason::PeerLeft => "PeerLeft",
        CloseReason::Farewell(_) => "Farewell",
        CloseReason::Truncated(_) => "Truncated",
        CloseReason::Lost(_) => "Lost",
        CloseReason::Timeout(_) => "Timeout",
        CloseReason::FrameTimeout(_) => "FrameTimeout",
        CloseReason::FrameTooLarge(_) => "FrameTooLarge",
        CloseReason::Malformed(_) => "Malformed",
        CloseReason::WrongProtocol(_) => "WrongProtocol",
        CloseReason::TooManyViolations { .. } => "TooManyViolations",
        CloseReason::Slow(_) => "Slow",
        _ => "other",
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (what, count) in other.counts {
            self.add(what, count);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.counts {
            writeln!(formatter, "{count:>9}  {what}")?;
        }
        Ok(())
    }
}

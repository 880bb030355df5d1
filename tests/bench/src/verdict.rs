//! The verdict: every figure that must be reached, next to what was measured.
//! How it was measured is the sections' business.

use std::fmt::Write as _;

use crate::peers::Kind;
use crate::report::{Place, Report, plain};
use crate::sections::{BOTH, allocations, build, churn, codec, crowd, fan_out, idle, pipelined, pump, round_trip};

/// A figure, and what it must be.
struct Claim {
    figure: String,
    bound: Bound,
    measured: Option<f64>,
}

/// What a figure must be.
#[derive(Debug, Clone, Copy)]
enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn is_met(self, measured: f64) -> bool {
        match self {
            Self::AtLeast(target) => measured >= target,
            Self::AtMost(target) => measured <= target,
        }
    }

    /// By which share of the target a figure that does not meet it misses it.
    fn miss(self, measured: f64) -> f64 {
        match self {
            Self::AtLeast(target) => 1.0 - measured / target,
            Self::AtMost(target) => measured / target - 1.0,
        }
    }
}

/// The table of all claims. What was not measured in this run says so.
pub fn table(report: &Report) -> String {
    let mut table = format!("\n{:<74} {:>12} {:>12}   verdict", "what it must show", "target", "measured");
    let mut missed = 0;
    for Claim { figure, bound, measured } in claims(report) {
        let target = match bound {
            Bound::AtLeast(target) => format!(">= {}", plain(target)),
            Bound::AtMost(target) => format!("<= {}", plain(target)),
        };
        let (shown, verdict) = match measured {
            None => ("-".to_owned(), "not measured".to_owned()),
            Some(measured) if bound.is_met(measured) => (plain(measured), "met".to_owned()),
            Some(measured) => {
                missed += 1;
                let miss = bound.miss(measured) * 100.0;
                (plain(measured), if miss.is_finite() { format!("MISSED by {miss:.0} %") } else { "MISSED".to_owned() })
            }
        };
        // Writing to a string cannot fail.
        let _ = write!(table, "\n{figure:<74} {target:>12} {shown:>12}   {verdict}");
    }
    let _ = write!(table, "\n{missed} missed");
    table
}

fn claims(report: &Report) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut claim = |figure: &str, bound, measured| claims.push(Claim { figure: figure.to_owned(), bound, measured });
    let (ours, bare) = (Kind::Ours.name(), Kind::Bare.name());
    let ratio = |place: Place<'_>, to: &str| report.ratio(place, ours, to);
    let at_least = Bound::AtLeast;
    let at_most = Bound::AtMost;

    let trip = |metric| Place(round_trip::NAME, "one core", metric);
    claim("round trip p50, one core, of bare tokio", at_most(1.05), ratio(trip("p50 us"), bare));
    claim("round trip p99, one core, of bare tokio", at_most(1.25), ratio(trip("p99 us"), bare));

    let flood = Place(pipelined::NAME, "one core, window 256, 40 B", "messages/s");
    claim("pipelined, window 256, one core, of bare tokio", at_least(0.70), ratio(flood, bare));
    claim("  of codec + serde with batched writes", at_least(3.0), ratio(flood, Kind::CodecFeed.name()));
    claim("  of the Python library", at_least(80.0), ratio(flood, Kind::Python.name()));
    let cost = Place(pipelined::NAME, "one core, window 256, 40 B", "server us each");
    claim("  us of server CPU each", at_most(0.15), report.median(cost, ours));
    let hundred = Place(pipelined::NAME, pipelined::HUNDRED, "messages/s");
    claim("100 clients, window 1, two cores, of bare tokio", at_least(1.0), ratio(hundred, bare));

    for (window, deliveries, cost) in [(16, Some(2e6), 0.5), (1, None, 4.6)] {
        let case = format!("1 -> 100, {window} in flight");
        let place = |metric| Place(fan_out::NAME, &case, metric);
        if let Some(deliveries) = deliveries {
            let measured = report.median(place("deliveries/s"), ours);
            claim(&format!("fan-out {case}, deliveries/s"), at_least(deliveries), measured);
        }
        let measured = report.median(place("server us each"), ours);
        claim(&format!("fan-out {case}, us of server CPU each"), at_most(cost), measured);
        let rivals = [Kind::Direct, Kind::Shared].map(|kind| ratio(place("deliveries/s"), kind.name()));
        let worst = rivals.into_iter().flatten().min_by(f64::total_cmp);
        claim("  deliveries/s of the better hand-written server", at_least(1.0), worst);
    }
    let steady = |metric| Place(fan_out::NAME, "1 -> 1000 at 60 Hz", metric);
    claim("fan-out 1 -> 1,000 at 60 Hz, p99 us", at_most(16_600.0), report.median(steady("p99 us"), ours));
    claim("  lost (a peer closed as slow fails the section)", at_most(0.0), report.median(steady("lost"), ours));

    for case in allocations::SMALL {
        let place = Place(allocations::NAME, case, "allocations each");
        claim(&format!("allocations per echo, {case}"), at_most(0.0), report.median(place, ours));
    }
    for count in idle::SIZES {
        let case = idle::memory_case(count);
        for metric in ["heap bytes each", "private RSS bytes each"] {
            let measured = report.median(Place(idle::NAME, &case, metric), ours);
            claim(&format!("idle, {case}, {metric}"), at_most(3000.0), measured);
        }
    }
    let time = report.median(Place(idle::NAME, idle::TIME_CASE, "% of a core"), ours);
    claim("5,000 idle connections, % of a core", at_most(2.0), time);
    let churn = report.median(Place(churn::NAME, churn::CASE, "connections/s"), ours);
    claim("connections taken in, a second", at_least(15_000.0), churn);
    claim("cost per message, 5,000 connections of 10", at_most(1.5), growth(report, ours));

    let idle = |metric| report.median(Place(pump::NAME, pump::IDLE, metric), ours);
    claim("`pump` with nothing queued, ns (so no system call)", at_most(50.0), idle("ns"));
    claim("  allocations", at_most(0.0), idle("allocations"));

    let rpc = Kind::Rpc.name();
    claim("our client and server, round trip of tarpc's", at_most(0.75), report.ratio(trip("p50 us"), BOTH, rpc));
    claim("our client and server, calls/s of tarpc's", at_least(8.0), report.ratio(flood, BOTH, rpc));

    let decode = Place(codec::NAME, "decode 4 fields", "ns");
    let decode = report.ratio(decode, codec::WE_DECODE, codec::SERDE_DECODES);
    claim("decode with every check, 4 fields, of serde's tagged enum", at_most(0.40), decode);
    let encode = Place(codec::NAME, "encode 4 fields", "ns");
    let encode = report.ratio(encode, codec::WE_ENCODE, codec::SERDE_ENCODES);
    claim("encode, 4 fields, of `to_vec_named`", at_most(0.15), encode);

    let hello = report.median(Place(build::NAME, build::HELLO, "s"), "hello alone");
    claim("`hello` cold build beyond its dependencies, s", at_most(3.0), hello);
    let hundred = report.median(Place(build::NAME, build::HUNDRED, "s"), "repod's derive");
    claim("derive on an enum of 100 variants, s", at_most(1.5), hundred);
    claims
}

/// What a message costs among most clients, compared to the fewest.
fn growth(report: &Report, rival: &str) -> Option<f64> {
    let cost = |count| report.median(Place(crowd::NAME, &crowd::growth(count), "server us each"), rival);
    Some(cost(crowd::GROWTH[crowd::GROWTH.len() - 1])? / cost(crowd::GROWTH[0])?)
}

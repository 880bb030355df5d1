//! [`Section`]: the parts of the suite; a file here for each. How figures are kept and shown is not known here.

pub mod allocations;
pub mod build;
pub mod churn;
pub mod codec;
pub mod crowd;
pub mod fan_out;
pub mod idle;
mod instructions;
pub mod pipelined;
pub mod pump;
mod rival;
pub mod round_trip;

use anyhow::{Context, Result};

pub use self::rival::BOTH;

use crate::plan::Plan;
use crate::report::Report;

/// A part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    RoundTrip,
    Pipelined,
    FanOut,
    Crowd,
    Churn,
    Idle,
    Codec,
    Allocations,
    Pump,
    Instructions,
    Build,
}

impl Section {
    /// All, in the order in which they run.
    pub const ALL: [Self; 11] = [
        Self::RoundTrip,
        Self::Pipelined,
        Self::FanOut,
        Self::Crowd,
        Self::Churn,
        Self::Idle,
        Self::Codec,
        Self::Allocations,
        Self::Pump,
        Self::Instructions,
        Self::Build,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::RoundTrip => round_trip::NAME,
            Self::Pipelined => pipelined::NAME,
            Self::FanOut => fan_out::NAME,
            Self::Crowd => crowd::NAME,
            Self::Churn => churn::NAME,
            Self::Idle => idle::NAME,
            Self::Codec => codec::NAME,
            Self::Allocations => allocations::NAME,
            Self::Pump => pump::NAME,
            Self::Instructions => instructions::NAME,
            Self::Build => build::NAME,
        }
    }

    pub fn named(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|section| section.name() == name).with_context(|| {
            let all = Self::ALL.map(Self::name).join(", ");
            format!("there is no section `{name}`; there are {all}")
        })
    }

    pub fn run(self, plan: &Plan, report: &mut Report) -> Result<()> {
        match self {
            Self::RoundTrip => round_trip::run(plan, report),
            Self::Pipelined => pipelined::run(plan, report),
            Self::FanOut => fan_out::run(plan, report),
            Self::Crowd => crowd::run(plan, report),
            Self::Churn => churn::run(plan, report),
            Self::Idle => idle::run(plan, report),
            Self::Codec => codec::run(plan, report),
            Self::Allocations => allocations::run(plan, report),
            Self::Pump => pump::run(plan, report),
            Self::Instructions => instructions::run(plan, report),
            Self::Build => build::run(plan, report),
        }
    }
}

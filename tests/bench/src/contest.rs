//! [`Contest`]: rivals that take turns at the same task, so that what the machine does besides hits all of them.
//! What the task is, the section knows.

use anyhow::{Context, Result};

use crate::plan::Plan;
use crate::report::{Record, Report};

/// One task and those who do it.
pub struct Contest<'a> {
    pub section: &'static str,
    /// The circumstances, such as "one core, window 16".
    pub case: String,
    /// What is measured in each turn, with its unit.
    pub metrics: &'a [&'static str],
    /// Who is measured. The first is the floor, to which the others are compared.
    pub rivals: &'a [&'static str],
}

impl Contest<'_> {
    /// Lets all rivals take their turns. `turn` measures one of them and says a figure for each metric.
    pub fn run(&self, plan: &Plan, report: &mut Report, turn: impl FnMut(usize) -> Result<Vec<f64>>) -> Result<()> {
        self.rounds(plan.rounds, report, turn)
    }

    /// As [`run`](Self::run), with so many rounds.
    pub fn rounds(
        &self,
        rounds: usize,
        report: &mut Report,
        mut turn: impl FnMut(usize) -> Result<Vec<f64>>,
    ) -> Result<()> {
        let mut found = vec![Vec::new(); self.rivals.len()];
        // The first round only warms up.
        for round in 0..=rounds {
            for place in 0..self.rivals.len() {
                // The first of a round is not always the same.
                let rival = (round + place) % self.rivals.len();
                let figures = turn(rival).with_context(|| format!("{}, {}", self.rivals[rival], self.case))?;
                if round > 0 {
                    found[rival].push(figures);
                }
            }
        }
        for (rival, rounds) in self.rivals.iter().zip(&found) {
            for (index, metric) in self.metrics.iter().enumerate() {
                report.add(Record {
                    section: self.section,
                    case: self.case.clone(),
                    rival,
                    metric,
                    floor: self.rivals[0],
                    values: rounds.iter().filter_map(|figures| figures.get(index).copied()).collect(),
                });
            }
        }
        Ok(())
    }
}

//! [`Report`]: everything that was measured, as a table for people and as JSON for programs. What is good enough is not known here.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::json;

/// One figure of one rival, for each round.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    pub section: &'static str,
    pub case: String,
    pub rival: &'static str,
    pub metric: &'static str,
    /// The rival that this one is compared to.
    pub floor: &'static str,
    pub values: Vec<f64>,
}

/// All records of a run, in the order in which they were made.
#[derive(Debug, Default)]
pub struct Report {
    records: Vec<Record>,
    failures: Vec<(&'static str, String)>,
}

/// Where a figure is: its section, its case and its metric.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a>(pub &'a str, pub &'a str, pub &'a str);

impl Report {
    pub fn add(&mut self, record: Record) {
        self.records.push(record);
    }

    /// Notes that a section could not be measured.
    pub fn fail(&mut self, section: &'static str, why: String) {
        eprintln!("!! {section} failed: {why}");
        self.failures.push((section, why));
    }

    /// The median over the rounds.
    pub fn median(&self, place: Place<'_>, rival: &str) -> Option<f64> {
        median(self.find(place, rival)?.values.iter().copied())
    }

    /// The median of the ratios within the rounds.
    pub fn ratio(&self, place: Place<'_>, rival: &str, to: &str) -> Option<f64> {
        ratio(self.find(place, rival)?, self.find(place, to)?)
    }

    pub fn write(&self, file: &Path) -> Result<()> {
        let records: Vec<_> = self
            .records
            .iter()
            .map(|record| {
                let floor = self.find(Place(record.section, &record.case, record.metric), record.floor);
                json!({
                    "record": record,
                    "median": median(record.values.iter().copied()),
                    "ratio_to_floor": floor.and_then(|floor| ratio(record, floor)),
                })
            })
            .collect();
        let text = serde_json::to_string_pretty(&json!({ "records": records, "failures": self.failures }))?;
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
    }

    fn find(&self, Place(section, case, metric): Place<'_>, rival: &str) -> Option<&Record> {
        self.records.iter().find(|record| {
            record.section == section && record.case == case && record.metric == metric && record.rival == rival
        })
    }

    /// Writes one row: the name of the rival, and each of its figures with its ratio to the floor's.
    fn row(&self, formatter: &mut fmt::Formatter<'_>, figures: &[&Record]) -> fmt::Result {
        write!(formatter, "\n  {:<24}", figures[0].rival)?;
        for record in figures {
            let figure = median(record.values.iter().copied()).map_or("-".to_owned(), plain);
            let place = Place(record.section, &record.case, record.metric);
            let ratio = self.ratio(place, record.rival, record.floor).filter(|ratio| ratio.is_finite());
            let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}x"));
            write!(formatter, " {figure:>16} {ratio:>8}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in self.records.chunk_by(|one, next| one.section == next.section && one.case == next.case) {
            write!(formatter, "\n{:<26}", format!("{}: {}", table[0].section, table[0].case))?;
            let rows: Vec<Vec<&Record>> =
                table.chunk_by(|one, next| one.rival == next.rival).map(Vec::from_iter).collect();
            for record in &rows[0] {
                write!(formatter, " {:>16} {:>8}", record.metric, "")?;
            }
            for row in &rows {
                self.row(formatter, row)?;
            }
            writeln!(formatter)?;
        }
        for (section, why) in &self.failures {
            writeln!(formatter, "\n!! {section} failed: {why}")?;
        }
        Ok(())
    }
}

/// A number with as many decimals as it deserves.
pub fn plain(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        size if size < 1.0 => format!("{number:.3}"),
        size if size < 100.0 => format!("{number:.2}"),
        size if size < 1e4 => format!("{number:.0}"),
        size if size < 1e6 => format!("{:.1} k", number / 1e3),
        _ => format!("{:.2} M", number / 1e6),
    }
}

fn ratio(record: &Record, to: &Record) -> Option<f64> {
    median(record.values.iter().zip(&to.values).map(|(own, other)| own / other))
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

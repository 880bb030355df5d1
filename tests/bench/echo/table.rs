//! [`Row`]: the figures of one thing that was measured, and how they compare to those of another.
//! What they mean is not known here.

use std::fmt::Write as _;

/// The figures of one row, for each round those of all columns.
pub struct Row {
    name: &'static str,
    rounds: Vec<Vec<f64>>,
}

impl Row {
    pub fn new(name: &'static str) -> Self {
        Self { name, rounds: Vec::new() }
    }

    pub fn push(&mut self, round: Vec<f64>) {
        self.rounds.push(round);
    }

    fn median(&self, column: usize) -> f64 {
        median(self.rounds.iter().map(|round| round[column]))
    }

    /// The median of the ratios within the rounds.
    fn ratio(&self, to: &Self, column: usize) -> f64 {
        let rounds = self.rounds.iter().zip(&to.rounds);
        median(rounds.map(|(own, other)| own[column] / other[column]))
    }
}

/// Writes rows whose figures have so many decimals; the first row is what the others are compared to.
pub fn table(title: &str, columns: &[&str], decimals: usize, rows: &[Row]) -> String {
    let mut table = format!("\n{title:<42}");
    for column in columns {
        let _ = write!(table, " {column:>12} {:>8}", "of bare");
    }
    for row in rows {
        let _ = write!(table, "\n{:<42}", row.name);
        for column in 0..columns.len() {
            let ratio = row.ratio(&rows[0], column);
            let _ = write!(table, " {:>12.decimals$} {ratio:>8.2}", row.median(column));
        }
    }
    table
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

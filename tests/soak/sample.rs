//! [`Sample`]: what a process costs at one moment, read from the system; and the slope of many.

use std::time::Duration;

#[derive(Debug, Clone, Copy, Default)]
pub struct Sample {
    /// Since the beginning of the soak.
    pub at: Duration,
    /// Resident memory in KiB.
    pub rss: u64,
    pub descriptors: usize,
    /// Processor time used so far.
    pub cpu: Duration,
}

impl Sample {
    pub fn of(pid: u32, at: Duration) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let rss = rss.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name may hold spaces and ends with the last bracket; user and system time are the 12th and 13th field behind it.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let ticks = behind.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
        Self {
            at,
            rss: rss.unwrap_or(0),
            descriptors: std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count),
            cpu: Duration::from_millis(ticks.sum::<u64>() * 10),
        }
    }
}

/// How fast resident memory grows, in KiB per minute: the least squares through the samples.
pub fn slope(samples: &[Sample]) -> f64 {
    let count = samples.len() as f64;
    let minutes = |sample: &Sample| sample.at.as_secs_f64() / 60.0;
    let mean_time = samples.iter().map(minutes).sum::<f64>() / count;
    let mean_rss = samples.iter().map(|sample| sample.rss as f64).sum::<f64>() / count;
    let (mut above, mut below) = (0.0, 0.0);
    for sample in samples {
        let time = minutes(sample) - mean_time;
        above += time * (sample.rss as f64 - mean_rss);
        below += time * time;
    }
    if below > 0.0 { above / below } else { 0.0 }
}

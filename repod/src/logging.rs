//! Log lines for programs that have no `tracing` subscriber of their own.
//!
//! The library is silent unless the program subscribes to its [`tracing`] events; [`init`] is the simplest way to. Each line is an event and
//! its fields:
//!
//! ```text
//! 12:00:00 [+] client_connected  |  addr=127.0.0.1:52340  clients=2
//! ```
//!
//! Text that came from a peer is escaped and cut, and no event of the level info or above is written more than ten times a second in the
//! long run: a line says how many of its kind were left out before it.
//!
//! ```
//! use repod::logging::Level;
//!
//! repod::logging::init(Level::WARN); // warnings and errors only
//! ```

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use tracing::Level;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber, callsite};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use crate::proto::{Excerpt, Meter};

/// Writes log lines of this level and above to standard error, in colour if that is a terminal.
///
/// If the program has a subscriber already, that one stays and nothing changes.
///
/// ```
/// repod::logging::init(repod::logging::Level::INFO);
/// ```
pub fn init(level: Level) {
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A line that cannot be written would be reported to standard error itself, which panics if that is what cannot be written.
        .log_internal_errors(false)
        .event_format(Lines::default());
    // Another subscriber is there: it was chosen before.
    let _ = tracing::subscriber::set_global_default(lines.finish());
}

/// Formats events as lines, and leaves out those that come too often.
#[derive(Default)]
struct Lines {
    bursts: Mutex<HashMap<callsite::Identifier, Burst>>,
}

/// How often an event came lately.
struct Burst {
    meter: Meter,
    left_out: u64,
}

impl Lines {
    /// Whether a line may be written now, and how many were left out before it.
    fn admit(&self, event: &Event<'_>) -> Option<u64> {
        // Whoever asks for details wants them all.
        if *event.metadata().level() > Level::INFO {
            return Some(0);
        }
        let mut bursts = self.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        let burst = bursts.entry(event.metadata().callsite()).or_insert_with(|| Burst {
            meter: Meter::per(LINES_PER_SECOND, Duration::from_secs(1), LINES_PER_SECOND),
            left_out: 0,
        });
        if burst.meter.spend(1, Instant::now()) {
            return Some(std::mem::take(&mut burst.left_out));
        }
        burst.left_out += 1;
        None
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(left_out) = self.admit(event) else {
            return Ok(());
        };
        let mut line = Line::default();
        event.record(&mut line);
        let (sign, colour) = sign(*event.metadata().level(), &line.name);
        write_time(&mut writer)?;
        if writer.has_ansi_escapes() {
            write!(writer, " \x1b[{colour}m[{sign}]\x1b[0m {}", line.name)?;
        } else {
            write!(writer, " [{sign}] {}", line.name)?;
        }
        if left_out > 0 {
            write!(line.fields, "  left_out={left_out}")?;
        }
        if !line.fields.is_empty() {
            write!(writer, "  |{}", line.fields)?;
        }
        writeln!(writer)
    }
}

/// The name of an event and its fields as text.
#[derive(Default)]
struct Line {
    name: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        let text = Excerpt::line(&text);
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.name, "{text}"),
            name => write!(self.fields, "  {name}={text}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

/// The sign of a line, and its colour on a terminal.
fn sign(level: Level, name: &str) -> (char, u8) {
    match level {
        Level::ERROR => ('!', 31),
        Level::WARN => ('!', 33),
        _ if name.ends_with("disconnected") || name.ends_with("failed") => ('-', 35),
        Level::INFO => ('+', 32),
        _ => ('.', 90),
    }
}

/// The time of day in UTC.
fn write_time(writer: &mut Writer<'_>) -> fmt::Result {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (hours, minutes, seconds) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    write!(writer, "{hours:02}:{minutes:02}:{seconds:02}")
}

const LINES_PER_SECOND: u32 = 10;

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that are written while `log` runs, without their time.
    fn lines(log: impl FnOnce()) -> Vec<String> {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::DEBUG)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .event_format(Lines::default())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        let written = written.0.lock().unwrap();
        let text = std::str::from_utf8(&written).unwrap();
        let without_time = |line: &str| {
            assert!(line.as_bytes()[..8].iter().all(|byte| byte.is_ascii_digit() || *byte == b':'), "{line}");
            line[9..].to_owned()
        };
        text.lines().map(without_time).collect()
    }

    #[test]
    fn an_event_is_a_line_with_its_fields() {
        let written = lines(|| {
            tracing::info!(addr = %"127.0.0.1:52340", clients = 2, "client_connected");
            tracing::info!(addr = "127.0.0.1:52340", "client_disconnected");
            tracing::warn!(error = %"broken", "channel_error");
            tracing::debug!("message_unhandled");
            tracing::trace!("message_dispatched");
        });
        assert_eq!(
            written,
            [
                "[+] client_connected  |  addr=127.0.0.1:52340  clients=2",
                "[-] client_disconnected  |  addr=127.0.0.1:52340",
                "[!] channel_error  |  error=broken",
                "[.] message_unhandled",
            ]
        );
    }

    #[test]
    fn text_of_a_peer_cannot_forge_a_line() {
        let written = lines(|| {
            tracing::warn!(error = %"x\n12:00:00 [+] forged\x1b[31m", "channel_error");
            tracing::warn!(error = %"y".repeat(1000), "channel_error");
        });
        assert_eq!(written[0], r"[!] channel_error  |  error=x\n12:00:00 [+] forged\u{1b}[31m");
        assert!(written[1].len() < 400);
        assert_eq!(written.len(), 2);
    }

    #[test]
    fn an_event_that_comes_too_often_is_left_out_and_counted() {
        let written = lines(|| {
            for _ in 0..1000 {
                tracing::info!("client_connected");
            }
            tracing::info!("server_started");
        });
        assert!((11..20).contains(&written.len()), "{}", written.len());
        assert_eq!(written.last().unwrap(), "[+] server_started");
    }
}

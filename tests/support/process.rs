//! [`Process`]: a child process that a test talks to line by line.
//! It knows neither Python nor the examples. Every wait in it ends in a line, an end, or a panic that shows what was said so far.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A child process. Dropping it kills it; if the test is failing then, what it said is shown.
pub struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    transcript: Transcript,
    readers: Vec<JoinHandle<()>>,
}

/// A process that serves, and where.
pub struct Server {
    pub process: Process,
    pub addr: SocketAddr,
}

impl Process {
    /// Starts a program. `name` is what it is called in messages.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Self {
        Self::try_start(name, command).unwrap_or_else(|error| panic!("{name} cannot be started: {error}"))
    }

    /// As [`start`](Self::start), for a program that may not be there.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn try_start(name: &str, command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let transcript = Transcript::default();
        let (sender, lines) = channel();
        let output = child.stdout.take().map(|output| read_lines(output, " out", &transcript, Some(sender)));
        let errors = child.stderr.take().map(|errors| read_lines(errors, " err", &transcript, None));
        Ok(Self {
            name: name.to_owned(),
            input: child.stdin.take(),
            child,
            lines,
            transcript,
            readers: output.into_iter().chain(errors).collect(),
        })
    }

    /// Writes a line to the process's standard input.
    ///
    /// # Panics
    ///
    /// If it does not read any more.
    pub fn tell(&mut self, line: &str) {
        self.transcript.note("  in", line);
        let written = match &mut self.input {
            // In one piece, so that the process cannot end between a line and its end.
            Some(input) => input.write_all(format!("{line}\n").as_bytes()),
            None => Err(io::Error::other("its input was closed before")),
        };
        if let Err(error) = written {
            self.fail(&format!("cannot be told {line:?}: {error}"));
        }
    }

    /// Ends the process's standard input.
    pub fn close_input(&mut self) {
        self.transcript.note("  in", "(end)");
        self.input = None;
    }

    /// The next line of its standard output.
    ///
    /// # Panics
    ///
    /// If none comes in time.
    pub fn next_line(&mut self) -> String {
        self.expect_line("a line", |_| true)
    }

    /// Checks that exactly these lines come next on its standard output.
    ///
    /// # Panics
    ///
    /// If another line comes, or none in time.
    pub fn says(&mut self, lines: &[&str]) {
        for expected in lines {
            let line = self.expect_line(expected, |_| true);
            if line != *expected {
                self.fail(&format!("said {line:?}, and should have said {expected:?}"));
            }
        }
    }

    /// Passes over lines of its standard output to the first that fulfils `is_it`, and returns that. `what` says what is waited for.
    ///
    /// # Panics
    ///
    /// If no such line comes in time.
    pub fn expect_line(&mut self, what: &str, is_it: impl FnMut(&str) -> bool) -> String {
        self.expect_line_within(PATIENCE, what, is_it)
    }

    fn expect_line_within(&mut self, patience: Duration, what: &str, mut is_it: impl FnMut(&str) -> bool) -> String {
        let deadline = Instant::now() + patience;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if is_it(&line) => return line,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("did not say {what:?} within {patience:?}")),
                Err(RecvTimeoutError::Disconnected) => self.fail(&format!("ended without saying {what:?}")),
            }
        }
    }

    /// Waits for its end, and returns how it ended and the lines that were not looked at.
    ///
    /// # Panics
    ///
    /// If it does not end in time.
    pub fn ends(&mut self) -> (ExitStatus, Vec<String>) {
        self.ends_within(PATIENCE)
    }

    /// As [`ends`](Self::ends), for programs that take longer.
    ///
    /// # Panics
    ///
    /// If it does not end in time.
    pub fn ends_within(&mut self, patience: Duration) -> (ExitStatus, Vec<String>) {
        let deadline = Instant::now() + patience;
        let mut left = Vec::new();
        // Its output ends when it does; there is no bounded wait for the process itself, so after that it is asked.
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => left.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.fail(&format!("did not end within {patience:?}")),
            }
        }
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.read_all();
                    return (status, left);
                }
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Ok(None) => self.fail(&format!("closed its output, but did not end within {patience:?}")),
                Err(error) => self.fail(&format!("cannot be waited for: {error}")),
            }
        }
    }

    /// Checks that it ends by itself and calls that a success, and returns the lines that were not looked at.
    ///
    /// # Panics
    ///
    /// If it does not end in time, or calls it a failure.
    pub fn succeeds(&mut self) -> Vec<String> {
        let (status, left) = self.ends();
        if !status.success() {
            self.fail(&format!("failed: {status}"));
        }
        left
    }

    /// Kills it as the system kills: SIGKILL on Unix.
    pub fn kill(&mut self) {
        self.transcript.note("    ", "(killed)");
        // One that has ended already is as dead.
        let _ = self.child.kill();
    }

    /// Asks it to end, with SIGTERM.
    ///
    /// # Panics
    ///
    /// If that cannot be sent.
    #[cfg(unix)]
    pub fn terminate(&mut self) {
        self.transcript.note("    ", "(terminated)");
        // The shell's own `kill`: not every machine has the program.
        let command = format!("kill -TERM {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &command]).status();
        if !sent.as_ref().is_ok_and(ExitStatus::success) {
            self.fail(&format!("cannot be sent SIGTERM: {sent:?}"));
        }
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Everything that it was told and has said so far, for a message.
    pub fn transcript(&self) -> String {
        self.transcript.show(&self.name)
    }

    /// What it has written to standard error so far.
    pub fn errors(&self) -> String {
        self.transcript.of(" err")
    }

    /// Waits until everything that an ended process has said is in the transcript.
    fn read_all(&mut self) {
        for reader in self.readers.drain(..) {
            // A reader has nothing to return.
            let _ = reader.join();
        }
    }

    fn fail(&self, what: &str) -> ! {
        panic!("{} {what}\n{}", self.name, self.transcript());
    }
}

impl Server {
    /// Takes a process that has been started and waits until it says where it listens.
    ///
    /// # Panics
    ///
    /// If it does not say so in time.
    pub fn of(mut process: Process) -> Self {
        let line = process.expect_line(LISTENING, |line| line.starts_with(LISTENING));
        match line[LISTENING.len()..].parse() {
            Ok(addr) => Self { process, addr },
            Err(error) => process.fail(&format!("said {line:?}, which is no address: {error}")),
        }
    }

    /// Ends a server of ours as the system would end a service, and checks that it was alive and well until then.
    ///
    /// # Panics
    ///
    /// If it had ended before, does not end in time, or something in it panicked.
    pub fn ends_well(mut self) {
        if !self.process.is_running() {
            self.process.fail("has ended by itself");
        }
        #[cfg(unix)]
        {
            self.process.terminate();
            self.process.succeeds();
        }
        if self.process.errors().contains("panicked") {
            self.process.fail("has panicked");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.read_all();
            eprintln!("{}", self.transcript());
        }
    }
}

/// Everything that went in and out of a process, in the order in which it was seen.
#[derive(Clone, Default)]
struct Transcript {
    entries: Arc<Mutex<Vec<(&'static str, String)>>>,
}

impl Transcript {
    fn note(&self, kind: &'static str, line: &str) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push((kind, line.to_owned()));
    }

    fn of(&self, kind: &str) -> String {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<&str> = entries.iter().filter(|entry| entry.0 == kind).map(|entry| &*entry.1).collect();
        lines.join("\n")
    }

    fn show(&self, name: &str) -> String {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut shown = format!("--- {name} so far:\n");
        let passed = entries.len().saturating_sub(MOST_SHOWN);
        if passed > 0 {
            let _ = writeln!(shown, "     ({passed} lines before)");
        }
        for (kind, line) in &entries[passed..] {
            let cut: String = line.chars().take(LONGEST_SHOWN).collect();
            let rest = if cut.len() < line.len() { "..." } else { "" };
            let _ = writeln!(shown, "{kind} | {cut}{rest}");
        }
        shown
    }
}

fn read_lines(
    output: impl Read + Send + 'static,
    kind: &'static str,
    transcript: &Transcript,
    lines: Option<Sender<String>>,
) -> JoinHandle<()> {
    let transcript = transcript.clone();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while matches!(output.read_until(b'\n', &mut line), Ok(1..)) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            transcript.note(kind, text);
            if let Some(lines) = &lines {
                // A test that does not listen any more still has the transcript.
                let _ = lines.send(text.to_owned());
            }
            line.clear();
        }
    })
}

/// What a server says as soon as it listens, before its address.
const LISTENING: &str = "listening on ";

/// How long a test waits for anything: long, because it only is waited for in full when a test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much of a process's transcript is shown.
const MOST_SHOWN: usize = 100;
const LONGEST_SHOWN: usize = 300;

//! [`Arguments`]: the command line that all examples share: `NAME [server|client|demo] [HOST] [PORT] [--terminal] [--picture FILE]`.
//! Nothing here is about repod.

use std::path::PathBuf;
use std::str::FromStr;

/// What an example is asked to do, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// What to do; `None` if nothing was asked for.
    pub mode: Option<Mode>,
    /// `HOST:PORT`.
    pub addr: String,
    /// How a client shows what it sees, where there is a choice.
    pub face: Face,
    /// Where to save a picture of what is shown, for examples that can.
    pub picture: Option<PathBuf>,
}

/// How a client can show what it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// What is best for the example: lines of text, or a window.
    Usual,
    /// The whole terminal.
    Terminal,
}

/// What an example can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Serve until Ctrl-C.
    Server,
    /// Join a server.
    Client,
    /// Run both sides for a moment and show what happens.
    Demo,
}

impl Arguments {
    /// Reads the arguments of this process; if they make no sense, says how to call the example and ends the process.
    pub fn read() -> Self {
        Self::of(std::env::args().skip(1)).unwrap_or_else(|complaint| {
            eprintln!("{complaint}");
            std::process::exit(2)
        })
    }

    fn of(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut face, mut picture) = (Face::Usual, None);
        let mut places = Vec::new();
        while let Some(word) = words.next() {
            match &*word {
                "--terminal" => face = Face::Terminal,
                "--picture" => {
                    let path = words.next().ok_or_else(|| format!("--picture needs a file\n{USAGE}"))?;
                    picture = Some(PathBuf::from(path));
                }
                _ => places.push(word),
            }
        }
        let mut places = places.into_iter();
        let mode = places.next().map(|word| word.parse()).transpose()?;
        let host = places.next().unwrap_or_else(|| "127.0.0.1".to_owned());
        let port = places.next().unwrap_or_else(|| "5071".to_owned());
        if port.parse::<u16>().is_err() {
            return Err(format!("the port must be a number from 0 to 65535, not `{port}`\n{USAGE}"));
        }
        if let Some(word) = places.next() {
            return Err(format!("what is `{word}`?\n{USAGE}"));
        }
        // An IPv6 address needs brackets to be told from its port.
        let addr = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        Ok(Self { mode, addr, face, picture })
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "server" => Ok(Self::Server),
            "client" => Ok(Self::Client),
            "demo" => Ok(Self::Demo),
            _ => Err(format!("what is `{word}`?\n{USAGE}")),
        }
    }
}

const USAGE: &str = "usage: server|client|demo [HOST] [PORT] [--terminal] [--picture FILE]
(default 127.0.0.1 5071; port 0 picks a free one; not every example has a terminal face or makes pictures)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read() {
        let check = |words: &[&str], expected: Result<(Option<Mode>, &str), ()>| {
            let arguments = Arguments::of(words.iter().map(|word| (*word).to_owned()));
            let arguments = arguments.map(|arguments| (arguments.mode, arguments.addr));
            let expected = expected.map(|(mode, addr)| (mode, addr.to_owned()));
            assert_eq!(arguments.map_err(drop), expected, "{words:?}");
        };
        check(&[], Ok((None, "127.0.0.1:5071")));
        check(&["server"], Ok((Some(Mode::Server), "127.0.0.1:5071")));
        check(&["client", "::1", "9"], Ok((Some(Mode::Client), "[::1]:9")));
        check(&["demo", "localhost", "0"], Ok((Some(Mode::Demo), "localhost:0")));
        check(&["dance"], Err(()));
        check(&["server", "localhost", "65536"], Err(()));
        check(&["server", "localhost", "1", "2"], Err(()));
        check(&["client", "--picture"], Err(()));
    }

    #[test]
    fn options_may_stand_anywhere() {
        for words in [["client", "--terminal", "--picture", "a.png"], ["--picture", "a.png", "client", "--terminal"]] {
            let arguments = Arguments::of(words.iter().map(|word| (*word).to_owned())).unwrap();
            assert_eq!((arguments.mode, arguments.face), (Some(Mode::Client), Face::Terminal));
            assert_eq!(arguments.picture, Some(PathBuf::from("a.png")));
        }
    }
}

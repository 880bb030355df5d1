//! [`Stranger`]: a peer that speaks the wire by hand, for the hidden lines that show that the code of a page works.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use repod::Action;
use repod::proto::{FrameDecoder, Limits, Message};

/// A peer without a program: it says what it is told to, and hears one message after the other.
pub struct Stranger {
    stream: TcpStream,
    decoder: FrameDecoder,
}

impl Stranger {
    /// Connects, and hears the greeting.
    ///
    /// # Panics
    ///
    /// If nobody is there.
    pub fn meets(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("a server listens there");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a timeout");
        let mut stranger =
            Self { stream, decoder: FrameDecoder::new(Limits::client().max_frame_in) };
        assert!(stranger.frame().is_some(), "the server did not greet");
        stranger
    }

    /// Sends a message.
    ///
    /// # Panics
    ///
    /// If the server is gone.
    pub fn says(&mut self, message: impl Action) {
        let frame = repod::encode(&message).expect("a message of the book can be written");
        self.stream.write_all(&frame).expect("the server reads");
    }

    /// The next message.
    ///
    /// # Panics
    ///
    /// If none comes, or another one.
    pub fn hears<A: Action>(&mut self) -> A {
        let frame = self.frame().expect("the server says something");
        match repod::decode(&frame) {
            Ok(message) => message,
            Err(error) => panic!("heard something else: {error}"),
        }
    }

    /// Checks that the server closes the connection, whatever it says before.
    ///
    /// # Panics
    ///
    /// If it does not.
    pub fn is_left(&mut self) {
        while let Some(frame) = self.frame() {
            assert!(Message::parse(&frame, &Limits::client(), &mut Vec::new()).is_ok());
        }
    }

    fn frame(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.decoder.next_frame().expect("the server keeps the limits")
            {
                return Some(frame.to_vec());
            }
            let mut bytes = [0; 4096];
            match self.stream.read(&mut bytes).expect("the server answers in time") {
                0 => return None,
                count => self.decoder.push(&bytes[..count]),
            }
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

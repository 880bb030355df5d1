//! The client of `whiteboard`: an artist's side of the board, without a face.

use std::collections::BTreeMap;
use std::time::Duration;

use games::Ending;
use repod::{Connection, ConnectionError, prelude::*};

use crate::board::Board;
use crate::protocol::{Color, Drawing, Line, Spot, ToClient, ToClientHandler, ToServer};

/// What an artist sees.
#[derive(Default)]
pub struct Artist {
    /// What is drawn, once the server has said so.
    pub board: Option<Board>,
    /// How many draw together.
    pub count: usize,
    /// Why there is no connection any more.
    pub ending: Option<Ending>,
}

/// An artist with the connection.
pub struct Desk {
    pub artist: Artist,
    connection: Connection<Artist>,
}

impl Desk {
    /// Joins the others. It blocks until the server has said what is on the board.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached.
    pub fn join(addr: impl ToString) -> repod::Result<Self> {
        let mut desk = Self { artist: Artist::default(), connection: repod::connect(addr) };
        while desk.artist.board.is_none() {
            if !desk.go_on() {
                return Err(desk.artist.ending.unwrap_or_else(|| Ending::because("the connection is over")).into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(desk)
    }

    /// Handles what has come; `false` when the connection is over.
    pub fn go_on(&mut self) -> bool {
        self.connection.pump(&mut self.artist).is_open()
    }

    /// Puts the pen down. What is drawn is seen when it comes back from the server, so that everyone sees the same.
    pub fn begin(&self, point: Spot, color: Color, thickness: u32) {
        // A connection that is over says so by itself.
        let _ = self.connection.send(ToServer::Startline { point, color, thickness });
    }

    /// Moves the pen.
    pub fn draw(&self, point: Spot) {
        let _ = self.connection.send(ToServer::Drawpoint { point, color: None, thickness: None });
    }
}

impl Client for Artist {
    type Incoming = ToClient;
    type Outgoing = ToServer;

    fn on_close(&mut self, reason: CloseReason) {
        self.ending = Some(Ending::because(reason));
    }

    fn on_error(&mut self, error: ConnectionError) {
        if let ConnectionError::Connect(error) = error {
            self.ending = Some(Ending::because(error));
        }
    }
}

impl ToClientHandler for Artist {
    fn on_initial(&mut self, lines: BTreeMap<String, Drawing>) -> repod::Result {
        self.board = Some(Board::of(lines));
        Ok(())
    }

    fn on_players(&mut self, count: usize) -> repod::Result {
        self.count = count;
        Ok(())
    }

    fn on_startline(&mut self, id: String, point: Spot, color: Color, thickness: u32) -> repod::Result {
        let board = self.board.as_mut().ok_or("a line came before the board")?;
        board.begin(&id, Line { points: vec![point], color, thickness });
        Ok(())
    }

    fn on_drawpoint(&mut self, id: String, point: Spot, _: Option<Color>, _: Option<u32>) -> repod::Result {
        self.board.as_mut().ok_or("a point came before the board")?.draw(&id, point);
        Ok(())
    }
}

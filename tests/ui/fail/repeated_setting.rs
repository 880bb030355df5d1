//! Settings that are given twice.

use repod::Action;

#[derive(Action)]
#[action(sync, rename_all = "lowercase", sync)]
#[action(rename_all = "UPPERCASE")]
enum ToClient {
    #[action(rename = "a", rename = "b")]
    Ping,
    Move {
        #[serde(default)]
        #[serde(default = "f64::default")]
        x: f64,
        #[serde(rename(serialize = "a", serialize = "b"))]
        y: f64,
    },
}

struct Game;

impl ToClientHandler for Game {
    fn on_ping(&mut self) -> repod::Result {
        Ok(())
    }

    fn on_move(&mut self, _x: f64, _y: f64) -> repod::Result {
        Ok(())
    }
}

fn main() {}

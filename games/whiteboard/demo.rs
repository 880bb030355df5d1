//! The demo of `whiteboard`: three bots draw, and a fourth who comes late sees the same as they.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use repod::prelude::*;

use crate::bot::Bot;
use crate::client::{Artist, Desk};
use crate::server::Studio;

pub fn demo(picture: Option<PathBuf>) -> repod::Result {
    let server = Studio::default().spawn("127.0.0.1:0")?;
    let addr = server.local_addr();
    let mut bots = [Bot::sun(), Bot::house(), Bot::waves()];
    let mut desks = bots.iter().map(|_| Desk::join(addr)).collect::<repod::Result<Vec<Desk>>>()?;
    wait(&mut desks, "all to be counted", |artist| artist.count == 3)?;

    let mut is_drawing = true;
    while is_drawing {
        is_drawing = false;
        for (bot, desk) in bots.iter_mut().zip(&mut desks) {
            is_drawing |= bot.draw(desk);
            if !desk.go_on() {
                return Err("a bot lost the connection".into());
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    wait(&mut desks, "all points", |artist| points(artist) == POINTS)?;
    println!("three have drawn {} lines with {POINTS} points", lines(&desks[0].artist));

    desks.push(Desk::join(addr)?);
    wait(&mut desks, "the fourth", |artist| artist.count == 4)?;
    let drawings = |desk: &Desk| desk.artist.board.as_ref().map(|board| board.drawings());
    if desks.iter().any(|desk| drawings(desk) != drawings(&desks[0])) {
        return Err("not everyone sees the same".into());
    }
    println!("a fourth who came late sees them all");
    if let Some(path) = picture {
        save(&desks[3].artist, path)?;
    }
    desks.truncate(1);
    wait(&mut desks, "the others to leave", |artist| artist.count == 1)?;
    println!("one is left, and {} lines", lines(&desks[0].artist));
    Ok(())
}

fn lines(artist: &Artist) -> usize {
    artist.board.iter().flat_map(|board| board.lines()).count()
}

fn points(artist: &Artist) -> usize {
    artist.board.iter().flat_map(|board| board.lines()).map(|line| line.points.len()).sum()
}

fn wait(desks: &mut [Desk], what: &str, is_done: impl Fn(&Artist) -> bool) -> repod::Result {
    let start = Instant::now();
    while !desks.iter().all(|desk| is_done(&desk.artist)) {
        if start.elapsed() > Duration::from_secs(10) {
            return Err(format!("waited ten seconds for {what}").into());
        }
        if !desks.iter_mut().all(Desk::go_on) {
            return Err("a bot lost the connection".into());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

#[cfg(feature = "graphics")]
fn save(artist: &Artist, path: PathBuf) -> repod::Result {
    crate::window::save(artist, &path)
}

#[cfg(not(feature = "graphics"))]
fn save(_: &Artist, _: PathBuf) -> repod::Result {
    Err("this build makes no pictures: it needs the feature `graphics`".into())
}

/// What the three draw together.
const POINTS: usize = 577;

//! [`Board`]: what is drawn, the same on the server and on its clients. It knows no network.
//! It is bounded: where much is drawn, the oldest lines fade.

use std::collections::{BTreeMap, HashMap};

use crate::protocol::{Drawing, Line, Spot};

/// The lines of everyone, in the order in which they were begun.
#[derive(Debug, Default)]
pub struct Board {
    lines: BTreeMap<u64, (String, Line)>,
    /// The line that each is drawing.
    current: HashMap<String, u64>,
    begun: u64,
    /// What all lines together count for the limit.
    size: usize,
}

impl Board {
    /// A board with these drawings on it.
    pub fn of(drawings: BTreeMap<String, Drawing>) -> Self {
        let mut board = Self::default();
        for (id, drawing) in drawings {
            for line in drawing.lines {
                board.begin(&id, line);
            }
        }
        board
    }

    /// Somebody begins a line.
    pub fn begin(&mut self, id: &str, line: Line) {
        self.begun += 1;
        self.size += line.points.len() + LINE;
        self.lines.insert(self.begun, (id.to_owned(), line));
        self.current.insert(id.to_owned(), self.begun);
        self.fade();
    }

    /// Somebody goes on with the line that was begun last. If there is none, because it never was begun or has faded, nothing is drawn.
    pub fn draw(&mut self, id: &str, point: Spot) {
        let Some((_, line)) = self.current.get(id).and_then(|begun| self.lines.get_mut(begun)) else { return };
        if line.points.len() < LONGEST {
            line.points.push(point);
            self.size += 1;
            self.fade();
            return;
        }
        // A very long line goes on as another one, so that its beginning can fade.
        let points = line.points.last().copied().into_iter().chain([point]).collect();
        let next = Line { points, ..*line };
        self.begin(id, next);
    }

    /// Takes the oldest lines away while there are too many points.
    fn fade(&mut self) {
        while self.size > MOST {
            let Some((begun, (id, line))) = self.lines.pop_first() else { return };
            self.size -= line.points.len() + LINE;
            if self.current.get(&id) == Some(&begun) {
                self.current.remove(&id);
            }
        }
    }

    /// All lines, the oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.values().map(|(_, line)| line)
    }

    /// The lines by who has drawn them, as they are sent.
    pub fn drawings(&self) -> BTreeMap<String, Drawing> {
        let mut drawings: BTreeMap<String, Drawing> = BTreeMap::new();
        for (id, line) in self.lines.values() {
            drawings.entry(id.clone()).or_default().lines.push(line.clone());
        }
        drawings
    }
}

/// So many points are on the board at most. All of them together are one message to everyone who joins, which has to be smaller than a
/// mebibyte; a point is 19 bytes.
const MOST: usize = 30_000;

/// A line counts for so many points besides its own.
const LINE: usize = 8;

/// The points of a line.
const LONGEST: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Color, ToClient};

    fn line(x: f64) -> Line {
        Line { points: vec![Spot(x, 0.5)], color: Color(255, 255, 255), thickness: 100 }
    }

    #[test]
    fn points_go_to_the_line_of_who_draws_them() {
        let mut board = Board::default();
        board.draw("1", Spot(9.0, 9.0));
        for (id, x) in [("1", 0.0), ("2", 100.0), ("1", 200.0)] {
            board.begin(id, line(x));
        }
        for (id, x) in [("1", 201.0), ("2", 101.0), ("1", 202.0)] {
            board.draw(id, Spot(x, 0.5));
        }
        let drawn: Vec<Vec<f64>> =
            board.lines().map(|line| line.points.iter().map(|point| point.0).collect()).collect();
        assert_eq!(drawn, [vec![0.0], vec![100.0, 101.0], vec![200.0, 201.0, 202.0]]);
        let drawings = board.drawings();
        assert_eq!(
            drawings.iter().map(|(id, drawing)| (&**id, drawing.lines.len())).collect::<Vec<_>>(),
            [("1", 2), ("2", 1)]
        );
        assert_eq!(Board::of(drawings.clone()).drawings(), drawings);
    }

    #[test]
    fn the_oldest_lines_fade_and_a_full_board_still_fits_into_a_message() {
        let fits = |board: &Board| {
            let frame = repod::encode(&ToClient::Initial { lines: board.drawings() }).unwrap();
            assert!(frame.len() < 1_000_000, "{}", frame.len());
        };
        let mut dots = Board::default();
        for count in 0..50_000 {
            dots.begin(&format!("artist {count}"), line(f64::from(count)));
        }
        assert_eq!(dots.lines().last(), Some(&line(49_999.0)));
        assert_eq!(dots.lines().count(), MOST / (LINE + 1));
        assert_eq!(dots.current.len(), dots.lines.len());
        fits(&dots);

        let mut scribble = Board::default();
        scribble.begin("1", line(0.0));
        for count in 1..=50_000 {
            scribble.draw("1", Spot(f64::from(count), 0.5));
        }
        let points: Vec<f64> = scribble.lines().flat_map(|line| &line.points).map(|point| point.0).collect();
        assert!(points.len() <= MOST && points.len() > MOST - 2 * LONGEST, "{}", points.len());
        // Where a line goes on as another one, their point is the same.
        assert!(points.windows(2).all(|two| two[1] - two[0] <= 1.0) && points.last() == Some(&50_000.0));
        fits(&scribble);
    }
}

//! [`Bot`]: an artist that is a program.

use std::f64::consts::TAU;

use crate::client::Desk;
use crate::protocol::{Color, Spot};

/// Draws one picture, a point at a time.
#[derive(Debug)]
pub struct Bot {
    lines: Vec<Pen>,
    is_down: bool,
}

#[derive(Debug)]
struct Pen {
    color: Color,
    thickness: u32,
    /// The last one first.
    points: Vec<Spot>,
}

impl Bot {
    /// Draws a sun.
    pub fn sun() -> Self {
        let (x, y) = (640.0, 130.0);
        let around = |angle: f64, radius: f64| Spot(x + radius * angle.cos(), y + radius * angle.sin());
        let mut lines = vec![pen(YELLOW, 8, (0..=60).map(|step| around(f64::from(step) / 60.0 * TAU, 50.0)))];
        for ray in 0..12 {
            let angle = f64::from(ray) / 12.0 * TAU;
            lines.push(pen(YELLOW, 5, [around(angle, 66.0), around(angle, 90.0)].into_iter()));
        }
        Self::of(lines)
    }

    /// Draws a house.
    pub fn house() -> Self {
        let outline = [(200.0, 430.0), (200.0, 290.0), (360.0, 290.0), (360.0, 430.0), (200.0, 430.0)];
        let roof = [(180.0, 300.0), (280.0, 200.0), (380.0, 300.0)];
        let door = [(260.0, 430.0), (260.0, 360.0), (300.0, 360.0), (300.0, 430.0)];
        Self::of(vec![pen(BLUE, 6, path(&outline)), pen(RED, 9, path(&roof)), pen(BROWN, 5, path(&door))])
    }

    /// Draws waves.
    pub fn waves() -> Self {
        let wave = |row: i32| {
            (0..=100).map(move |step| {
                let x = 60.0 + f64::from(step) * 6.8;
                Spot(x, 470.0 + 35.0 * f64::from(row) + 10.0 * (x / 28.0 + f64::from(row)).sin())
            })
        };
        Self::of((0..3).map(|row| pen(WATER, 5, wave(row))).collect())
    }

    fn of(mut lines: Vec<Pen>) -> Self {
        lines.reverse();
        Self { lines, is_down: false }
    }

    /// Draws the next point; `false` if the picture is finished.
    pub fn draw(&mut self, desk: &Desk) -> bool {
        let Some(pen) = self.lines.last_mut() else { return false };
        match pen.points.pop() {
            Some(point) if self.is_down => desk.draw(point),
            Some(point) => {
                desk.begin(point, pen.color, pen.thickness);
                self.is_down = true;
            }
            None => {
                self.lines.pop();
                self.is_down = false;
            }
        }
        true
    }
}

fn pen(color: Color, thickness: u32, points: impl Iterator<Item = Spot>) -> Pen {
    let mut points: Vec<Spot> = points.collect();
    points.reverse();
    Pen { color, thickness, points }
}

/// Many points on the way from corner to corner, as of a hand.
fn path(corners: &[(f64, f64)]) -> impl Iterator<Item = Spot> {
    corners.windows(2).flat_map(|two| {
        let [(from_x, from_y), (to_x, to_y)] = [two[0], two[1]];
        (0..=20).map(move |step| {
            let share = f64::from(step) / 20.0;
            let wobble = (share * TAU * 1.5).sin() * 1.5;
            Spot(from_x + (to_x - from_x) * share + wobble, from_y + (to_y - from_y) * share + wobble)
        })
    })
}

const YELLOW: Color = Color(240, 180, 40);
const BLUE: Color = Color(60, 100, 200);
const RED: Color = Color(210, 70, 60);
const BROWN: Color = Color(140, 90, 50);
const WATER: Color = Color(60, 160, 210);

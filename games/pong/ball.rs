//! [`Ball`]: how the ball flies. Who gets a point for it is the field's business.

use crate::protocol::Spot;
use crate::rules::*;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ball {
    /// Its middle.
    pub at: Spot,
    /// In units a second.
    pub velocity: Spot,
}

impl Ball {
    /// A ball that rests in the middle.
    pub const RESTING: Self = Self { at: MIDDLE, velocity: Spot { x: 0.0, y: 0.0 } };

    /// A ball that is served to the player in this slot. `count` makes each serve another one.
    pub fn served(receiver: usize, count: u32) -> Self {
        // Multiples of the golden ratio never come close to each other, and nobody sees a pattern.
        let share = (f64::from(count) * 0.618).fract();
        let angle = (share * 2.0 - 1.0) * STEEPEST_SERVE;
        let velocity = Spot { x: toward(receiver) * SERVE_SPEED * angle.cos(), y: SERVE_SPEED * angle.sin() };
        Self { at: MIDDLE, velocity }
    }

    /// Lets it fly for `seconds` between the walls, and off the paddle that it meets.
    pub fn fly(&mut self, paddles: [f64; 2], seconds: f64) {
        let before = self.at;
        self.at.x += self.velocity.x * seconds;
        self.at.y += self.velocity.y * seconds;
        let inside = self.at.y.clamp(RADIUS, HEIGHT - RADIUS);
        if self.at.y != inside {
            self.at.y = inside;
            self.velocity.y = -self.velocity.y;
        }
        self.bounce(before, paddles[self.receiver()]);
    }

    /// The slot of the player to whom it flies.
    pub fn receiver(&self) -> usize {
        usize::from(self.velocity.x > 0.0)
    }

    /// The slot of the player who did not get it, once it has left the field.
    pub fn missed_by(&self) -> Option<usize> {
        if self.at.x < -RADIUS {
            Some(0)
        } else if self.at.x > WIDTH + RADIUS {
            Some(1)
        } else {
            None
        }
    }

    /// Sends it back if it has met the paddle that it flew to.
    fn bounce(&mut self, before: Spot, paddle: f64) {
        let toward = toward(self.receiver());
        let front = MIDDLE.x + toward * (MIDDLE.x - FRONT);
        let has_come = (before.x - front) * toward <= 0.0 && (self.at.x - front) * toward > 0.0;
        let off = (self.at.y - paddle) / (HALF_PADDLE + RADIUS);
        if !has_come || off.abs() > 1.0 {
            return;
        }
        let speed = (self.velocity.x.hypot(self.velocity.y) * SPEED_UP).min(TOP_SPEED);
        let angle = off * STEEPEST_RETURN;
        self.velocity = Spot { x: -toward * speed * angle.cos(), y: speed * angle.sin() };
        self.at.x = front;
    }
}

fn toward(slot: usize) -> f64 {
    if slot == 0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(speed: f64) -> Ball {
        Ball { at: MIDDLE, velocity: Spot { x: speed, y: 0.0 } }
    }

    #[test]
    fn a_paddle_sends_it_back_faster_and_where_it_was_hit() {
        for (speed, off) in [(-600.0, -40.0), (-600.0, 0.0), (-600.0, 40.0), (600.0, -40.0), (600.0, 40.0)] {
            let mut ball = level(speed);
            let direction: f64 = ball.velocity.x.signum();
            while ball.velocity.x * direction > 0.0 {
                ball.fly([MIDDLE.y - off; 2], 1.0 / 60.0);
                assert_eq!(ball.missed_by(), None);
            }
            assert_eq!(ball.velocity.y.partial_cmp(&0.0), off.partial_cmp(&0.0));
            assert!((ball.velocity.x.hypot(ball.velocity.y) - 630.0).abs() < 1e-6);
        }
    }

    #[test]
    fn it_does_not_pass_a_paddle_at_any_speed_or_step() {
        for (speed, step) in [(100.0, 1.0 / 240.0), (TOP_SPEED, 1.0 / 60.0), (-TOP_SPEED, 0.1)] {
            let mut ball = level(speed);
            for _ in 0..10_000 {
                ball.fly([ball.at.y; 2], step);
                assert_eq!(ball.missed_by(), None, "{speed} {step}");
            }
        }
    }

    #[test]
    fn it_stays_between_the_walls_and_is_missed_without_a_paddle() {
        for (slot, toward) in [-1.0, 1.0].into_iter().enumerate() {
            let mut ball = Ball { at: MIDDLE, velocity: Spot { x: toward * 100.0, y: -700.0 } };
            let missed = (0..600).find_map(|_| {
                ball.fly([-1000.0; 2], 1.0 / 60.0);
                assert!((RADIUS..=HEIGHT - RADIUS).contains(&ball.at.y));
                ball.missed_by()
            });
            assert_eq!(missed, Some(slot));
        }
    }

    #[test]
    fn it_is_served_to_its_receiver_and_no_two_serves_are_alike() {
        let serves: Vec<Ball> = (0..20).map(|count| Ball::served(1, count)).collect();
        for (index, serve) in serves.iter().enumerate() {
            assert_eq!(serve.receiver(), 1);
            assert!(serve.velocity.x > serve.velocity.y.abs());
            assert!(!serves[..index].contains(serve));
        }
        assert_eq!(Ball::served(0, 3).receiver(), 0);
    }
}

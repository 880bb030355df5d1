//! Games of tag, without a network.

use super::*;

const STEP: f64 = 1.0 / 60.0;

fn run(arena: &mut Arena, seconds: f64) -> Vec<Catch> {
    (0..(seconds / STEP).round() as u32).filter_map(|_| arena.step(STEP)).collect()
}

fn place(arena: &mut Arena, id: u32, x: f64, y: f64) {
    let runner = &mut arena.players.get_mut(&id).unwrap().runner;
    (runner.x, runner.y) = (x, y);
}

fn place_of(arena: &Arena, id: u32) -> (f64, f64) {
    let runner = arena.state().unwrap().players[&id];
    (runner.x, runner.y)
}

#[test]
fn everyone_runs_at_the_same_speed_in_every_direction() {
    for (dx, dy) in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), (300.0, -400.0), (-1e300, 1e300)] {
        let mut arena = Arena::default();
        let id = arena.enter();
        place(&mut arena, id, 400.0, 180.0);
        arena.steer(id, dx, dy);
        arena.step(0.1);
        let (x, y) = place_of(&arena, id);
        assert!(((x - 400.0).hypot(y - 180.0) - 20.0).abs() < 1e-9, "{dx} {dy}: {x} {y}");
    }
}

#[test]
fn a_half_step_is_half_as_fast_and_no_direction_is_to_stand() {
    let mut arena = Arena::default();
    let id = arena.enter();
    place(&mut arena, id, 100.0, 300.0);
    arena.steer(id, 0.5, 0.0);
    run(&mut arena, 1.0);
    assert!((place_of(&arena, id).0 - 200.0).abs() < 1e-6);
    arena.steer(id, 0.0, 0.0);
    run(&mut arena, 1.0);
    assert!((place_of(&arena, id).0 - 200.0).abs() < 1e-6);
}

#[test]
fn nobody_leaves_the_arena_or_gets_into_an_obstacle() {
    let mut arena = Arena::default();
    let ids: Vec<u32> = (0..12).map(|_| arena.enter()).collect();
    for turn in 0..600 {
        for id in &ids {
            let angle = f64::from(turn / 30 * id) * 0.7;
            arena.steer(*id, angle.cos(), angle.sin());
        }
        arena.step(STEP);
        for runner in arena.state().unwrap().players.values() {
            let mut kept = *runner;
            keep_inside(&mut kept);
            OBSTACLES.iter().for_each(|obstacle| keep_outside(&mut kept, *obstacle));
            assert!(distance(kept, *runner) < 1e-6, "{runner:?}");
        }
    }
}

#[test]
fn who_runs_against_an_obstacle_slides_along_it() {
    let mut arena = Arena::default();
    let id = arena.enter();
    place(&mut arena, id, 340.0, 300.0);
    arena.steer(id, 1.0, 1.0);
    run(&mut arena, 0.1);
    let (x, y) = place_of(&arena, id);
    assert!((x - 346.0).abs() < 1e-6 && y > 310.0, "{x} {y}");
}

#[test]
fn a_touch_tags_and_nobody_is_tagged_back_at_once() {
    let mut arena = Arena::default();
    let (first, second) = (arena.enter(), arena.enter());
    assert_eq!(arena.state().unwrap().it, first);
    place(&mut arena, first, 100.0, 300.0);
    place(&mut arena, second, 129.0, 300.0);
    assert_eq!(arena.step(STEP), None);
    place(&mut arena, second, 127.0, 300.0);
    assert_eq!(arena.step(STEP), Some(Catch { tagger: first, tagged: second }));
    assert_eq!(run(&mut arena, 1.4), []);
    assert_eq!(run(&mut arena, 0.2), [Catch { tagger: second, tagged: first }]);
    assert_eq!(arena.state().unwrap().it, first);
}

#[test]
fn somebody_is_always_it() {
    let mut arena = Arena::default();
    assert_eq!(arena.state(), None);
    let (first, second, third) = (arena.enter(), arena.enter(), arena.enter());
    arena.leave(second);
    assert_eq!(arena.state().unwrap().it, first);
    arena.leave(first);
    assert_eq!(arena.state().unwrap().it, third);
    arena.leave(third);
    assert_eq!(arena.state(), None);
    let fourth = arena.enter();
    assert_eq!(arena.state().unwrap().it, fourth);
    arena.steer(first, 1.0, 0.0);
}

//! Whole games, without a network.

use super::*;

const STEP: f64 = 1.0 / 60.0;

/// Steps until something happens, for a minute at most. The player of the slot moves to the ball, the other stands in a corner.
fn until_something_happens(field: &mut Field, player: usize) -> Option<Happening> {
    (0..3600).find_map(|_| {
        let mut directions = [Direction::Up; 2];
        directions[player] = match field.ball.at.y - field.paddles[player] {
            off if off < -8.0 => Direction::Up,
            off if off > 8.0 => Direction::Down,
            _ => Direction::Still,
        };
        field.step(directions, STEP)
    })
}

#[test]
fn nothing_moves_but_the_paddles_while_a_player_is_missing() {
    let mut field = Field::new(5);
    for _ in 0..600 {
        assert_eq!(field.step([Direction::Up, Direction::Down], STEP), None);
    }
    let expected = State { ball: MIDDLE, paddles: [45.0, 555.0], scores: [0, 0], game_state: GameState::Waiting };
    assert_eq!(field.state(), expected);
}

#[test]
fn the_better_player_wins_and_the_next_game_begins_after_a_rest() {
    for player in [0, 1] {
        let mut field = Field::new(3);
        assert_eq!(field.begin(), Happening::RoundStart);
        for point in 1..3 {
            assert_eq!(until_something_happens(&mut field, player), Some(Happening::RoundStart));
            assert_eq!((field.scores[player], field.scores[1 - player]), (point, 0));
        }
        assert_eq!(until_something_happens(&mut field, player), Some(Happening::GameOver { winner: player }));
        assert_eq!((field.scores[player], field.game_state), (3, GameState::Finished));
        assert_eq!(until_something_happens(&mut field, player), Some(Happening::RoundStart));
        assert_eq!((field.scores, field.game_state), ([0, 0], GameState::Playing));
    }
}

#[test]
fn after_a_point_the_ball_rests_and_goes_to_the_one_who_lost_it() {
    let mut field = Field::new(5);
    field.begin();
    while field.game_state == GameState::Playing {
        assert_eq!(field.step([Direction::Down; 2], STEP), None);
    }
    assert_eq!((field.scores, field.game_state, field.ball.at), ([0, 1], GameState::Scored, MIDDLE));
    let steps = (1..100).find(|_| field.step([Direction::Still; 2], STEP).is_some());
    assert!(steps.is_some_and(|steps| (59..=61).contains(&steps)), "{steps:?}");
    assert_eq!(field.ball.receiver(), 0);
}

#[test]
fn a_player_who_leaves_ends_the_game() {
    let mut field = Field::new(5);
    field.begin();
    field.scores = [3, 4];
    field.wait();
    assert_eq!(field.state(), Field::new(5).state());
    assert_eq!(field.begin(), Happening::RoundStart);
}

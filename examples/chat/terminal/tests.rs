//! What is seen, drawn into memory.

use super::*;

fn shown(screen: &Screen) -> String {
    terminal::text(&terminal::draw_once(50, 8, |frame| screen.draw(frame)).unwrap())
}

#[test]
fn the_newest_lines_and_who_is_here_are_shown() {
    let mut screen = Screen::default();
    screen.on_players(vec!["Ada".to_owned(), "Bob".to_owned()]).unwrap();
    for count in 0..1000 {
        screen.on_message(format!("line {count}"), "Ada".to_owned()).unwrap();
    }
    let shown = shown(&screen);
    assert!(shown.contains("│Ada: line 999") && shown.contains("│Ada: line 997"), "{shown}");
    assert!(!shown.contains("line 996") && shown.contains("││Bob"), "{shown}");
    assert_eq!(screen.lines.len(), MOST_LINES);
}

#[test]
fn what_others_write_cannot_command_the_terminal() {
    let mut screen = Screen::default();
    screen.on_message("\u{1b}[2Jgone\r\nforged: line".to_owned(), "Mal\u{7}lory".to_owned()).unwrap();
    let shown = shown(&screen);
    assert!(shown.contains("│Mallory: [2Jgoneforged: line"), "{shown}");
    assert!(shown.chars().all(|letter| letter == '\n' || !letter.is_control()), "{shown:?}");
}

#[test]
fn the_end_of_a_long_line_is_seen_while_it_is_typed() {
    let screen = Screen { typed: "x".repeat(100) + " the end", ..Screen::default() };
    let shown = shown(&screen);
    assert!(shown.contains("your nickname") && shown.contains("xxx the end"), "{shown}");
}

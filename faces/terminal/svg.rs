//! A frame of a terminal as an SVG. Blocks and frames are drawn as shapes, so that the picture does not depend on a font's.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::rows;

/// A frame as a picture.
pub fn svg(frame: &Buffer) -> String {
    let width = f32::from(frame.area.width) * COLUMN + 2.0 * MARGIN;
    let height = f32::from(frame.area.height) * ROW + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{PAPER}\"/>\n"
    );
    for (index, row) in rows(frame).enumerate() {
        let top = MARGIN + index as f32 * ROW;
        let mut column = 0;
        // Neighbours that look the same are drawn together.
        for run in row.chunk_by(|one, other| one.style() == other.style() && is_shape(one) == is_shape(other)) {
            let left = MARGIN + column as f32 * COLUMN;
            column += run.len();
            draw_run(&mut svg, run, left, top);
        }
    }
    svg + "</svg>\n"
}

fn draw_run(svg: &mut String, run: &[Cell], left: f32, top: f32) {
    let (mut ink, mut paper) = (hex(run[0].fg, INK), hex(run[0].bg, PAPER));
    if run[0].modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut ink, &mut paper);
    }
    if paper != PAPER {
        rectangle(svg, [left, top, run.len() as f32 * COLUMN, ROW], &paper);
    }
    let lefts: Vec<f32> = (0..run.len()).map(|column| left + column as f32 * COLUMN).collect();
    if is_shape(&run[0]) {
        let mut column = 0;
        // The same shape side by side is one that is wider.
        for same in run.chunk_by(|one, other| one.symbol() == other.symbol() && spans(one.symbol())) {
            let (left, count) = (lefts[column], same.len() as f32);
            column += same.len();
            for [x, y, width, height] in shapes(same[0].symbol()) {
                rectangle(svg, [left + x * COLUMN, top + y * ROW, width * COLUMN * count, height * ROW], &ink);
            }
        }
        return;
    }
    let letters: String = run.iter().map(Cell::symbol).collect();
    if letters.trim().is_empty() {
        return;
    }
    // Every letter has its place, whatever the font's own are.
    let places: Vec<String> = lefts.iter().map(|left| format!("{left:.1}")).collect();
    let weight = if run[0].modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let letters = letters.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{:.1}\" fill=\"{ink}\" xml:space=\"preserve\"{weight}>{letters}</text>",
        places.join(" "),
        top + BASELINE
    );
}

fn rectangle(svg: &mut String, [x, y, width, height]: [f32; 4], color: &str) {
    let _ =
        writeln!(svg, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\"/>");
}

fn is_shape(cell: &Cell) -> bool {
    !shapes(cell.symbol()).is_empty()
}

/// Whether its shape reaches from the left of the cell to the right.
fn spans(symbol: &str) -> bool {
    matches!(symbol, "█" | "▀" | "▄" | "─")
}

/// What is drawn for a symbol instead of a letter: rectangles, as shares of the cell.
fn shapes(symbol: &str) -> &'static [[f32; 4]] {
    /// Half the width of a line, across and along the cell.
    const X: f32 = 0.06;
    const Y: f32 = 0.03;
    const ACROSS: [f32; 4] = [0.0, 0.5 - Y, 1.0, 2.0 * Y];
    const TO_THE_LEFT: [f32; 4] = [0.0, 0.5 - Y, 0.5 + X, 2.0 * Y];
    const TO_THE_RIGHT: [f32; 4] = [0.5 - X, 0.5 - Y, 0.5 + X, 2.0 * Y];
    const UPRIGHT: [f32; 4] = [0.5 - X, 0.0, 2.0 * X, 1.0];
    const UP: [f32; 4] = [0.5 - X, 0.0, 2.0 * X, 0.5 + Y];
    const DOWN: [f32; 4] = [0.5 - X, 0.5 - Y, 2.0 * X, 0.5 + Y];
    match symbol {
        "█" => &[[0.0, 0.0, 1.0, 1.0]],
        "▀" => &[[0.0, 0.0, 1.0, 0.5]],
        "▄" => &[[0.0, 0.5, 1.0, 0.5]],
        "─" => &[ACROSS],
        "│" => &[UPRIGHT],
        "┌" | "╭" => &[TO_THE_RIGHT, DOWN],
        "┐" | "╮" => &[TO_THE_LEFT, DOWN],
        "└" | "╰" => &[TO_THE_RIGHT, UP],
        "┘" | "╯" => &[TO_THE_LEFT, UP],
        _ => &[],
    }
}

fn hex(color: Color, otherwise: &str) -> String {
    let named = match color {
        Color::Rgb(red, green, blue) => return format!("#{red:02x}{green:02x}{blue:02x}"),
        Color::Black => "#1d2129",
        Color::Red | Color::LightRed => "#e06c75",
        Color::Green | Color::LightGreen => "#98c379",
        Color::Yellow | Color::LightYellow => "#e5c07b",
        Color::Blue | Color::LightBlue => "#61afef",
        Color::Magenta | Color::LightMagenta => "#c678dd",
        Color::Cyan | Color::LightCyan => "#56b6c2",
        Color::White => "#ffffff",
        Color::Gray => "#abb2bf",
        Color::DarkGray => "#5c6370",
        Color::Reset | Color::Indexed(_) => otherwise,
    };
    named.to_owned()
}

const COLUMN: f32 = 8.4;
const ROW: f32 = 17.0;
const BASELINE: f32 = 13.0;
const MARGIN: f32 = 10.0;
const INK: &str = "#d7dae0";
const PAPER: &str = "#1d2129";

#[cfg(test)]
mod tests {
    use ratatui::style::Stylize;
    use ratatui::text::Line;

    use super::super::draw_once;
    use super::*;

    #[test]
    fn letters_become_letters_and_blocks_become_shapes() {
        let line = Line::from(vec!["a<b".red().bold(), "▄▄│".blue(), " ok".into()]);
        let picture = svg(&draw_once(12, 1, |frame| frame.render_widget(line, frame.area())).unwrap());
        for part in [
            "<text x=\"10.0 18.4 26.8\" y=\"23.0\" fill=\"#e06c75\" xml:space=\"preserve\" font-weight=\"bold\">a&lt;b</text>",
            "<rect x=\"35.2\" y=\"18.5\" width=\"16.8\" height=\"8.5\" fill=\"#61afef\"/>",
            "> ok",
        ] {
            assert!(picture.contains(part), "{part}\n{picture}");
        }
        assert!(!picture.contains('▄'));
    }
}

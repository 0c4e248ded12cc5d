//! A filled chart in braille: two seconds a column, four steps a row.
//!
//! In: values over time, one layer behind the other. Out: cells. Knows nothing of what the values mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Values over time that are filled down to zero.
pub(super) struct Layer {
    /// The values, in order; the last is now.
    pub(super) values: Vec<f64>,
    /// How it is filled.
    pub(super) style: Style,
}

/// Dots of a braille cell's columns, from the bottom up.
const DOTS: [[u32; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];

/// The lowest dots of a cell: where there is nothing, the floor.
const FLOOR: u32 = 0xC0;

/// How many values fit.
pub(super) fn fitting(area: Rect) -> usize {
    usize::from(area.width) * 2
}

/// Draws layers, each before the one named earlier; no more values than [`fitting`]. `top` is at the upper edge.
pub(super) fn draw(layers: &[Layer], top: f64, floor: Style, area: Rect, buffer: &mut Buffer) {
    for column in 0..area.width {
        for row in 0..area.height {
            let (mut dots, mut style) = (0, floor);
            for layer in layers {
                let filled = cell(layer, top, column, row, area.height);
                if filled > 0 {
                    (dots, style) = (dots | filled, layer.style);
                }
            }
            let is_floor = dots == 0 && row == 0;
            let dots = if is_floor { FLOOR } else { dots };
            if dots > 0
                && let Some(symbol) = char::from_u32(0x2800 + dots)
                && let Some(cell) = buffer.cell_mut((area.x + column, area.bottom() - 1 - row))
            {
                cell.set_char(symbol).set_style(style);
            }
        }
    }
}

/// The dots of a layer in one cell, whose `row` counts from the bottom.
fn cell(layer: &Layer, top: f64, column: u16, row: u16, rows: u16) -> u32 {
    let mut dots = 0;
    for (side, steps) in DOTS.iter().enumerate() {
        let value = layer.values.get(usize::from(column) * 2 + side).copied().unwrap_or(0.0);
        let height = height(value, top, rows);
        for (step, dot) in (0u16..).zip(steps) {
            if row * 4 + step < height {
                dots |= dot;
            }
        }
    }
    dots
}

/// How many steps high a value is: what is there at all shows.
fn height(value: f64, top: f64, rows: u16) -> u16 {
    if value <= 0.0 || top <= 0.0 {
        return 0;
    }
    let share = (value / top).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of rows")]
    let steps = (share * f64::from(rows) * 4.0).round() as u16;
    steps.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(layers: &[Layer], top: f64, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        draw(layers, top, Style::new(), area, &mut buffer);
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        (0..height).map(line).collect()
    }

    fn layer(values: &[f64]) -> Layer {
        Layer { values: values.to_vec(), style: Style::new() }
    }

    #[test]
    fn values_fill_two_to_a_column_in_four_steps_a_row() {
        let values = layer(&[1.0, 2.0, 4.0, 8.0, 0.0]);
        assert_eq!(drawn(&[values], 8.0, 4, 2), [" ⢸  ", "⣠⣿⣀⣀"]);
    }

    #[test]
    fn the_smallest_value_shows_and_none_is_drawn_over_the_edge() {
        assert_eq!(drawn(&[layer(&[0.001, 900.0])], 8.0, 1, 1), ["⣸"]);
    }

    #[test]
    fn nothing_is_a_floor() {
        assert_eq!(drawn(&[layer(&[])], 0.0, 3, 2), ["   ", "⣀⣀⣀"]);
    }

    #[test]
    fn a_layer_in_front_keeps_its_style() {
        let area = Rect::new(0, 0, 1, 2);
        let mut buffer = Buffer::empty(area);
        let (back, front) = (Style::new().red(), Style::new().blue());
        let layers = [Layer { values: vec![8.0; 2], style: back }, Layer { values: vec![2.0; 2], style: front }];
        draw(&layers, 8.0, Style::new(), area, &mut buffer);
        assert_eq!((buffer[(0, 0)].fg, buffer[(0, 1)].fg), (back.fg.unwrap(), front.fg.unwrap()));
        assert_eq!(buffer[(0, 1)].symbol(), "⣿");
    }
}

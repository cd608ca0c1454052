//! The screen.

mod cells;
mod chart;
mod help;
mod list;
mod notifications;
mod status;
mod ticks;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::app::{App, Pane, Regions};
use super::text::fit;

pub(super) use cells::{Cells, Points};

/// Below this, a graph or notifications show nothing that helps.
const LOWEST: u16 = 4;

/// Draws all of it, on a screen of whatever size, and remembers where things are.
pub(super) fn draw(app: &mut App, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    app.regions = Regions::default();
    let (status, rest) = split_top(area, if area.height >= 10 { 2 } else { u16::from(area.height >= 5) });
    let (body, last) = split_bottom(rest, u16::from(rest.height >= 3));
    status::draw(app, buffer, status);
    if app.is_help {
        help::draw(app, buffer, body);
    } else {
        draw_body(app, buffer, body);
    }
    status::draw_last(app, buffer, last);
}

fn draw_body(app: &mut App, buffer: &mut Buffer, body: Rect) {
    if app.notifications == Pane::Whole {
        return notifications::draw(app, buffer, body);
    }
    if app.graph.pane == Pane::Whole {
        return chart::draw(app, buffer, body);
    }
    let mut rest = body;
    if app.notifications == Pane::Part && rest.height >= 2 * LOWEST {
        let (above, area) = split_bottom(rest, (body.height / 4).clamp(LOWEST, 9));
        notifications::draw(app, buffer, area);
        rest = above;
    }
    if app.graph.pane == Pane::Part && rest.height >= 3 * LOWEST {
        let (above, area) = split_bottom(rest, (rest.height * 11 / 20).max(2 * LOWEST));
        chart::draw(app, buffer, area);
        rest = above;
    }
    list::draw(app, buffer, rest);
}

/// The first lines, and the others.
fn split_top(area: Rect, lines: u16) -> (Rect, Rect) {
    let lines = lines.min(area.height);
    (Rect { height: lines, ..area }, Rect { y: area.y + lines, height: area.height - lines, ..area })
}

/// The others, and the last lines.
fn split_bottom(area: Rect, lines: u16) -> (Rect, Rect) {
    split_top(area, area.height.saturating_sub(lines))
}

/// The line with this number, from 0; nothing if there are not so many.
fn line(area: Rect, number: usize) -> Rect {
    let number = u16::try_from(number).unwrap_or(u16::MAX).min(area.height);
    Rect { y: area.y + number, height: u16::from(number < area.height), ..area }
}

/// So many columns of an area, after so many others.
fn columns(area: Rect, start: usize, width: usize) -> Rect {
    let clip = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX).min(area.width);
    let (start, end) = (clip(start), clip(start.saturating_add(width)));
    Rect { x: area.x + start, width: end - start, ..area }
}

/// Writes a text at the beginning of a line, as far as it fits. Returns the column behind it, from that beginning.
fn put(buffer: &mut Buffer, line: Rect, text: &str, style: Style) -> usize {
    let line = line.intersection(buffer.area);
    if line.is_empty() {
        return 0;
    }
    let text = fit(text, line.width.into());
    let (end, _) = buffer.set_stringn(line.x, line.y, text, line.width.into(), style);
    usize::from(end.saturating_sub(line.x))
}

/// The same at the end of the line.
fn put_right(buffer: &mut Buffer, line: Rect, text: &str, style: Style) {
    use unicode_width::UnicodeWidthStr;
    let text = fit(text, line.width.into());
    put(buffer, columns(line, usize::from(line.width) - text.width(), usize::from(line.width)), &text, style);
}

/// A line above a part of the screen.
fn title(app: &App, buffer: &mut Buffer, line: Rect, text: &str) {
    let width = usize::from(line.width);
    put(buffer, line, &"─".repeat(width), app.theme.quiet());
    put(buffer, columns(line, 2, width.saturating_sub(2)), &format!(" {text} "), app.theme.title());
}

#[cfg(test)]
mod tests;

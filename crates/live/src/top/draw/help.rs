//! All keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::super::app::App;
use super::super::keys::HELP;
use super::{columns, line, put, title};

pub(super) fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let (header, list) = super::split_top(area, 1);
    title(app, buffer, header, "keys");
    let width = HELP.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    for (number, (keys, what)) in HELP.iter().enumerate() {
        let area = line(list, number);
        put(buffer, columns(area, 2, width), keys, app.theme.title());
        put(buffer, columns(area, width + 4, area.width.into()), what, Style::new());
    }
}

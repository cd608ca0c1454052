//! Hosts, plugins and series.

use collectd_types::Time;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::super::app::App;
use super::super::catalogue::{Leaf, Sort};
use super::super::rows::{Heading, Row};
use super::super::text;
use super::super::unit::count;
use super::cells::{Cells, age, plugin, sparkline};
use super::{columns, line, put, put_right};
use crate::store::Store;

/// How wide the columns are; 0 for one that there is no room for.
#[derive(Clone, Copy)]
struct Widths {
    name: usize,
    value: usize,
    change: usize,
    age: usize,
    history: usize,
}

/// What is to be written in a line.
enum Content {
    Heading { text: String, note: String, silent: String, style: Style },
    Leaf(Leaf, Cells),
}

pub(super) fn draw(app: &mut App, buffer: &mut Buffer, area: Rect) {
    let (header, list) = super::split_top(area, u16::from(area.height >= 2));
    let widths = Widths::of(area.width.into());
    app.regions.list = list;
    app.cursor.set_height(list.height.into());
    draw_header(app, buffer, header, widths);
    if app.rows.is_empty() {
        let text = if app.search.is_empty() { "nothing has come yet" } else { "nothing that came has this" };
        put(buffer, columns(line(list, 0), 2, list.width.into()), text, app.theme.quiet());
    }
    for (number, content) in read(app, list.height.into()).iter().enumerate() {
        let area = line(list, number);
        match content {
            Content::Heading { text, note, silent, style } => {
                let mut end = put(buffer, area, text, *style);
                end += put(buffer, columns(area, end, area.width.into()), note, app.theme.quiet());
                put(buffer, columns(area, end, area.width.into()), silent, app.theme.bad());
            }
            Content::Leaf(leaf, cells) => draw_leaf(app, buffer, area, *leaf, cells, widths),
        }
        if app.cursor.top + number == app.cursor.row {
            // Bars that are reversed would be read the wrong way round.
            let area = columns(area, 0, widths.starts()[3]);
            buffer.set_style(area.intersection(buffer.area), app.theme.cursor());
        }
    }
}

/// What is to be written in the visible rows; the store is needed only for this.
fn read(app: &mut App, height: usize) -> Vec<Content> {
    let (now, shared, theme) = (app.now(), app.shared.clone(), app.theme);
    let store = shared.store();
    let pause = &mut app.pause;
    let rows = app.rows.iter().skip(app.cursor.top).take(height);
    let content = |row: &Row| match row {
        Row::Host(heading) => self::heading(&store, heading, now, theme.host(), true),
        Row::Plugin(heading) => self::heading(&store, heading, now, theme.plugin(), false),
        Row::Leaf(leaf) => {
            let read = || Cells::read(&store, *leaf, now).unwrap_or_else(Cells::gone);
            let cells = match pause {
                Some(pause) => pause.cells(*leaf, read),
                None => read(),
            };
            Content::Leaf(*leaf, cells)
        }
    };
    rows.map(content).collect()
}

fn heading(store: &Store, heading: &Heading, now: Time, style: Style, is_host: bool) -> Content {
    let name = store
        .series(heading.example)
        .map(|series| if is_host { text::shown(series.identifier().host()) } else { plugin(series) });
    let sign = if heading.is_open { '▾' } else { '▸' };
    let indent = if is_host { "" } else { "  " };
    let text = format!("{indent}{sign} {}", name.as_deref().unwrap_or("(gone)"));
    let silent = match heading.silent {
        0 => String::new(),
        silent if silent == heading.series && is_host => format!("  SILENT for {}", age(heading.arrived, now)),
        silent if silent == heading.series => "  silent".to_owned(),
        silent => format!("  {} silent", count(silent as u64)),
    };
    Content::Heading { text, note: format!("  {} series", count(heading.series as u64)), silent, style }
}

impl Widths {
    fn of(width: usize) -> Self {
        let (value, change, age, history) = match width {
            0..30 => (0, 0, 0, 0),
            30..50 => (13, 0, 0, 0),
            50..76 => (13, 0, 7, 10),
            76..110 => (13, 9, 7, 13),
            _ => (13, 9, 8, 42.min(width - 90)),
        };
        Widths { name: width - value - change - age - history, value, change, age, history }
    }

    /// Where the columns behind the name begin.
    fn starts(self) -> [usize; 4] {
        let value = self.name;
        let change = value + self.value;
        let age = change + self.change;
        [value, change, age, age + self.age]
    }
}

fn draw_header(app: &mut App, buffer: &mut Buffer, header: Rect, widths: Widths) {
    buffer.set_style(header.intersection(buffer.area), app.theme.header());
    let [value, change, age, history] = widths.starts();
    let all = [
        (Sort::Name, "NAME", 0, widths.name),
        (Sort::Value, "VALUE", value, widths.value),
        (Sort::Change, "CHANGE", change, widths.change),
        (Sort::Silence, "AGE", age, widths.age),
    ];
    for (sort, name, start, width) in all {
        let area = columns(header, start, width);
        let is_sorted = app.how.sort == sort;
        // Names begin with the first, everything else with the largest.
        let is_rising = (sort == Sort::Name) != app.how.is_reversed;
        let arrow = if is_rising { '▲' } else { '▼' };
        let text = if is_sorted { format!("{name}{arrow}") } else { name.to_owned() };
        let style = if is_sorted { app.theme.sorted() } else { app.theme.header() };
        if sort == Sort::Name {
            put(buffer, area, &text, style);
        } else {
            put_right(buffer, area, &text, style);
        }
        app.regions.columns.push((area, sort));
    }
    put(buffer, columns(header, history + 2, widths.history.saturating_sub(2)), "HISTORY", app.theme.header());
}

fn draw_leaf(app: &App, buffer: &mut Buffer, area: Rect, leaf: Leaf, cells: &Cells, widths: Widths) {
    let theme = app.theme;
    let style = if cells.is_silent { theme.quiet() } else { Style::new() };
    let indent = if app.how.is_tree { 6 } else { 2 };
    if let Some(at) = app.marks.iter().position(|mark| *mark == leaf) {
        put(buffer, columns(area, indent - 2, 2), "●", theme.line(at));
    }
    let whole = format!("{}/{}", cells.place, cells.name);
    let name = if app.how.is_tree { &cells.name } else { &whole };
    let [value, change, age, history] = widths.starts();
    put(buffer, columns(area, indent, widths.name.saturating_sub(indent + 1)), name, style);
    put_right(buffer, columns(area, value, widths.value), &cells.value, style.add_modifier(Modifier::BOLD));
    let changed = if cells.is_falling { theme.falling() } else { theme.good() };
    put_right(buffer, columns(area, change, widths.change), &cells.change, changed);
    let late = if cells.is_silent { theme.bad() } else { theme.quiet() };
    put_right(buffer, columns(area, age, widths.age), &cells.age, late);
    let spark = sparkline(&cells.history, widths.history.saturating_sub(2));
    put(buffer, columns(area, history + 2, widths.history), &spark, theme.spark());
}

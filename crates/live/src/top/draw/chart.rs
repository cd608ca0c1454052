//! The graph.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Axis, Chart, Dataset, GraphType, Widget};

use collectd_types::Time;

use super::super::app::App;
use super::super::unit::{self, seconds, show};
use super::super::{local_time, text};
use super::cells::Points;
use super::ticks::Ticks;
use super::{columns, line, put, put_right, split_bottom, split_top, title};
use crate::store::Unit;

/// The smallest chart that shows anything.
const LOWEST: u16 = 4;
const NARROWEST: u16 = 24;

/// A part of time, in seconds since 1970.
#[derive(Clone, Copy)]
struct Window {
    start: f64,
    end: f64,
}

pub(super) fn draw(app: &mut App, buffer: &mut Buffer, area: Rect) {
    app.regions.graph = area;
    let lines = read(app);
    let (header, rest) = split_top(area, 1);
    let newest = lines.iter().filter_map(|line| line.points.last()).map(|point| point.0).reduce(f64::max);
    let Some(newest) = newest else {
        title(app, buffer, header, "graph");
        let text = "select a series, or mark some with Space";
        put(buffer, columns(line(rest, 0), 2, rest.width.into()), text, app.theme.quiet());
        return;
    };
    let end = newest - app.graph.back;
    let window = Window { start: end - app.graph.range(), end };
    let until =
        if app.graph.back > 0.0 { format!(" until {}", local_time(&app.zone, time(end))) } else { String::new() };
    title(app, buffer, header, &format!("graph of {}{until}", seconds(app.graph.range())));
    let legend_height = u16::try_from(lines.len()).unwrap_or(1).min((rest.height / 3).max(1));
    let (chart, legend) = split_bottom(rest, legend_height);
    for (number, points) in lines.iter().enumerate() {
        draw_legend(app, buffer, line(legend, number), points, number, window);
    }
    if chart.height >= LOWEST && chart.width >= NARROWEST {
        draw_chart(app, buffer, chart.intersection(buffer.area), &lines, window);
    }
}

fn time(seconds: f64) -> Time {
    Time::try_from_secs_f64(seconds).unwrap_or(Time::UNSET)
}

/// The points of what is in the graph.
fn read(app: &mut App) -> Vec<Points> {
    let shared = app.shared.clone();
    let store = shared.store();
    let leaves = app.charted();
    let pause = &mut app.pause;
    let none = |label: &str| Points { label: label.to_owned(), unit: Unit::default(), gap: 0.0, points: Vec::new() };
    let lines = leaves.into_iter().map(|leaf| {
        let read = || Points::read(&store, leaf).unwrap_or_else(|| none("(gone)"));
        match pause {
            Some(pause) => pause.points(leaf, read),
            None => read(),
        }
    });
    lines.collect()
}

/// What a line is, and its numbers in what is seen of it.
fn draw_legend(app: &App, buffer: &mut Buffer, area: Rect, points: &Points, number: usize, window: Window) {
    let style = app.theme.line(number);
    let marker = if app.theme.has_colours() { "●" } else { app.theme.marker_sign(number) };
    put(buffer, columns(area, 1, 2), marker, style);
    let seen = || points.points.iter().filter(|(time, number)| window.has(*time) && number.is_finite());
    let mut width = usize::from(area.width).saturating_sub(4);
    if let Some((_, last)) = seen().next_back() {
        let least = seen().map(|point| point.1).fold(f64::INFINITY, f64::min);
        let most = seen().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
        let shown = [*last, least, most].map(|number| show(points.unit, number));
        let numbers = match width {
            0..40 => shown[0].clone(),
            _ => format!("{}  min {}  max {}", shown[0], shown[1], shown[2]),
        };
        put_right(buffer, columns(area, 3, width), &numbers, Style::new());
        width = width.saturating_sub(numbers.chars().count() + 1);
    }
    put(buffer, columns(area, 3, width), &text::fit(&points.label, width), style);
}

fn draw_chart(app: &App, buffer: &mut Buffer, area: Rect, lines: &[Points], window: Window) {
    let seen =
        || lines.iter().flat_map(|line| &line.points).filter(|(time, number)| window.has(*time) && number.is_finite());
    let least = seen().map(|point| point.1).fold(f64::INFINITY, f64::min);
    let most = seen().map(|point| point.1).fold(f64::NEG_INFINITY, f64::max);
    if least > most {
        put(buffer, columns(line(area, area.height.into()), 2, 0), "", Style::new());
        put(buffer, columns(line(area, 1), 2, area.width.into()), "no numbers in this time", app.theme.quiet());
        return;
    }
    let unit = lines.iter().map(|line| line.unit).reduce(|a, b| if a == b { a } else { Unit::default() });
    let unit = unit.unwrap_or_default();
    let ticks = Ticks::new(least, most, u32::from(area.height / 3).clamp(1, 8), unit.base() == "B");
    let pieces: Vec<_> = lines
        .iter()
        .enumerate()
        .flat_map(|(number, line)| pieces(line, window, ticks).into_iter().map(move |piece| (number, piece)))
        .collect();
    let datasets = pieces.iter().map(|(number, piece)| {
        let (style, marker) = (app.theme.line(*number), app.theme.marker(*number));
        Dataset::default().marker(marker).style(style).graph_type(GraphType::Line).data(piece)
    });
    let x_labels = window.labels(area.width).map(|at| Line::raw(local_time(&app.zone, time(at))));
    let y_labels = (0..=ticks.steps).map(|step| Line::raw(label(unit, ticks.at(step))));
    let axis = |labels: Vec<Line<'static>>| Axis::default().bounds([0.0, 1.0]).labels(labels).style(app.theme.quiet());
    let chart = Chart::new(datasets.collect()).legend_position(None);
    chart.x_axis(axis(x_labels.collect())).y_axis(axis(y_labels.collect())).render(area, buffer);
}

fn label(unit: Unit, number: f64) -> String {
    if unit == Unit::default() { unit::number(number) } else { show(unit, number) }
}

/// The line as it is in a chart from 0 to 1 in both directions, in pieces where something is missing.
fn pieces(line: &Points, window: Window, ticks: Ticks) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut before = f64::NEG_INFINITY;
    for &(time, number) in line.points.iter().filter(|(time, _)| window.has(*time)) {
        if !number.is_finite() {
            before = f64::NEG_INFINITY;
            continue;
        }
        if time - before > line.gap || pieces.is_empty() {
            pieces.push(Vec::new());
        }
        before = time;
        let point = (window.part(time), ticks.part(number));
        pieces.last_mut().into_iter().for_each(|piece| piece.push(point));
    }
    pieces
}

impl Window {
    fn has(self, time: f64) -> bool {
        (self.start..=self.end).contains(&time)
    }

    fn part(self, time: f64) -> f64 {
        (time - self.start) / (self.end - self.start)
    }

    /// As many times as fit below the chart.
    fn labels(self, width: u16) -> impl Iterator<Item = f64> {
        let steps = (width / 24).clamp(1, 6);
        (0..=steps).map(move |step| self.start + (self.end - self.start) * f64::from(step) / f64::from(steps))
    }
}

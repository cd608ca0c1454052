//! The first lines, which say how much comes, and the last one, which says what one can do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::app::App;
use super::super::keys::{Action, HINTS};
use super::super::unit::count;
use super::super::{local_time, text};
use super::{columns, line, put, put_right};
use crate::console;

/// A piece of a line, and how it looks.
type Piece = (String, Style);

pub(super) fn draw(app: &App, buffer: &mut Buffer, area: Rect) {
    let clock = match (&app.pause, app.is_complete) {
        (Some(_), _) => "PAUSED".to_owned(),
        (None, true) => "at the end".to_owned(),
        (None, false) => local_time(&app.zone, app.now()),
    };
    let style = if app.pause.is_some() { app.theme.warning() } else { app.theme.quiet() };
    let first = line(area, 0);
    put_right(buffer, first, &clock, style);
    let width = usize::from(first.width).saturating_sub(clock.len() + 2);
    put_pieces(buffer, columns(first, 0, width), &contents(app));
    put_pieces(buffer, line(area, 1), &traffic(app));
}

/// What there is.
fn contents(app: &App) -> Vec<Piece> {
    let theme = app.theme;
    let (store, now) = (app.shared.store(), app.now());
    let (hosts, silent) = (store.hosts().len(), store.hosts().filter(|host| host.is_silent(now)).count());
    let usual = Style::new();
    let mut pieces = vec![("collectd-live".to_owned(), theme.title()), (plural(hosts as u64, "host"), usual)];
    if silent > 0 {
        pieces.push((format!("{} silent", count(silent as u64)), theme.bad()));
    }
    pieces.push((format!("{} series", count(store.values() as u64)), usual));
    let statistics = store.statistics();
    if statistics.beyond > 0 {
        let most = count(store.limits().series as u64);
        pieces.push((format!("{} lists beyond {most} series", count(statistics.beyond)), theme.warning()));
    }
    if statistics.forgotten > 0 {
        pieces.push((format!("{} forgotten", count(statistics.forgotten)), theme.warning()));
    }
    if statistics.notifications > 0 {
        pieces.push((plural(statistics.notifications, "notification"), usual));
    }
    pieces
}

/// What comes, and what is lost.
fn traffic(app: &App) -> Vec<Piece> {
    let theme = app.theme;
    let (rates, now) = (app.traffic.rates(), &app.traffic.now);
    let reader = &now.reader;
    let usual = Style::new();
    let mut pieces = vec![
        (format!("{} lists/s", rate(rates.value_lists)), usual),
        (format!("{} packets/s", rate(rates.packets)), usual),
        (format!("{} kB/s", rate(rates.bytes / 1000.0)), usual),
        (format!("{} lost", count(now.dropped)), if now.dropped > 0 { theme.bad() } else { usual }),
    ];
    let rare = [
        (reader.malformed(), "malformed"),
        (reader.refused(), "refused"),
        (reader.incomplete, "incomplete"),
        (reader.unprotected_parts, "unprotected"),
        (reader.unverified_signatures, "unverified"),
        (reader.unknown_parts, "unknown parts"),
        (app.shared.store().statistics().late, "late"),
        (now.receive_errors, "errors"),
    ];
    let rare = rare.iter().filter(|(number, _)| *number > 0);
    pieces.extend(rare.map(|(number, what)| (format!("{} {what}", count(*number)), theme.warning())));
    pieces
}

fn plural(number: u64, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded, and not negative")]
fn rate(rate: f64) -> String {
    if rate >= 9.95 || rate == 0.0 { count(rate.round() as u64) } else { format!("{rate:.1}") }
}

/// Writes pieces as far as they fit as a whole.
fn put_pieces(buffer: &mut Buffer, area: Rect, pieces: &[Piece]) {
    let mut end = 0;
    for (text, style) in pieces {
        let gap = if end == 0 { 0 } else { 2 };
        if end + gap + text.chars().count() > usize::from(area.width) {
            break;
        }
        end += gap;
        end += put(buffer, columns(area, end, area.width.into()), text, *style);
    }
}

/// The search field, what the program has to say, or the keys.
pub(super) fn draw_last(app: &mut App, buffer: &mut Buffer, area: Rect) {
    if app.is_searching {
        return draw_search(app, buffer, area);
    }
    let mut start = 0;
    if let Some(failure) = &app.failure {
        let failure = format!("{}  ", text::shown(failure));
        start = put(buffer, columns(area, 0, usize::from(area.width) * 2 / 3), &failure, app.theme.bad());
    } else if !app.search.is_empty() {
        let shown = text::fit(&text::shown(app.search.text()), usize::from(area.width) / 3);
        start = put(buffer, area, &format!("/{shown}  "), app.theme.title());
    } else if let Some((said, number)) = console::last_held() {
        let said = format!("{} ({number})  ", text::shown(said));
        start = put(buffer, columns(area, 0, usize::from(area.width) / 2), &said, app.theme.warning());
    }
    for (key, what, action) in HINTS {
        let width = key.chars().count() + 1 + what.len();
        if start + width > usize::from(area.width) {
            break;
        }
        let hint = columns(area, start, width);
        let end = put(buffer, hint, key, app.theme.key());
        put(buffer, columns(hint, end + 1, width), what, hint_style(app, action));
        app.regions.hints.push((hint, action));
        start += width + 2;
    }
}

fn draw_search(app: &App, buffer: &mut Buffer, area: Rect) {
    let end = put(buffer, area, "/", app.theme.title());
    let width = usize::from(area.width).saturating_sub(26);
    // The end of what is typed is what one wants to see.
    let shown = text::fit_end(&text::shown(app.search.text()), width);
    let end = end + put(buffer, columns(area, end, width), &shown, Style::new());
    put(buffer, columns(area, end, 1), " ", app.theme.cursor());
    let rest = columns(area, end + 2, area.width.into());
    match app.search.error() {
        Some(error) => put_right(buffer, rest, &text::shown(error), app.theme.bad()),
        None => put_right(buffer, rest, "Enter keep  Esc clear", app.theme.quiet()),
    }
}

fn hint_style(app: &App, action: Action) -> Style {
    let is_on = match action {
        Action::Pause => app.pause.is_some(),
        Action::Help => app.is_help,
        _ => false,
    };
    if is_on { app.theme.title() } else { Style::new() }
}

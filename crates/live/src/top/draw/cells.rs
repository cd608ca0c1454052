//! What is shown of a series.

use collectd_types::{Kind, Time};

use super::super::catalogue::{Leaf, change};
use super::super::text;
use super::super::unit::{self, show};
use crate::store::{Series, Store, Unit};

/// As many numbers make a sparkline.
const SPARKS: usize = 40;

/// A line of the list.
#[derive(Clone)]
pub(crate) struct Cells {
    /// Type and type instance, and the data source if there are several.
    pub(super) name: String,
    /// Host, plugin and plugin instance.
    pub(super) place: String,
    pub(super) value: String,
    pub(super) change: String,
    pub(super) is_falling: bool,
    pub(super) age: String,
    pub(super) is_silent: bool,
    /// The last numbers, oldest first.
    pub(super) history: Vec<f64>,
}

/// A line of the graph.
#[derive(Clone)]
pub(crate) struct Points {
    pub(super) label: String,
    pub(super) unit: Unit,
    /// How far two points of a line may be apart, in seconds.
    pub(super) gap: f64,
    /// By seconds since 1970.
    pub(super) points: Vec<(f64, f64)>,
}

impl Cells {
    pub(super) fn read(store: &Store, leaf: Leaf, now: Time) -> Option<Cells> {
        let series = store.series(leaf.id)?;
        let track = series.tracks().get(usize::from(leaf.track))?;
        let points = series.points(leaf.track.into());
        let skip = points.len().saturating_sub(SPARKS);
        let change = change(series, leaf.track);
        Some(Cells {
            name: name(series, leaf.track),
            place: place(series),
            value: value(series, leaf.track, track.shown),
            change: change.map(percent).unwrap_or_default(),
            is_falling: change.is_some_and(|change| change < 0.0),
            age: age(series.arrived(), now),
            is_silent: series.is_silent(now),
            history: points.skip(skip).map(|(_, number)| number).collect(),
        })
    }

    /// What is shown of a series that has just gone.
    pub(super) fn gone() -> Cells {
        let none = String::new;
        let name = "(gone)".to_owned();
        let (place, value, change, age, history) = (none(), none(), none(), none(), Vec::new());
        Cells { name, place, value, change, is_falling: false, age, is_silent: true, history }
    }
}

impl Points {
    pub(super) fn read(store: &Store, leaf: Leaf) -> Option<Points> {
        let series = store.series(leaf.id)?;
        Some(Points {
            label: format!("{}/{}", place(series), name(series, leaf.track)),
            unit: unit_of(series, leaf.track),
            gap: series.interval().as_secs_f64() * 3.5,
            points: series.points(leaf.track.into()).map(|(time, number)| (time.as_secs_f64(), number)).collect(),
        })
    }
}

/// How long ago something arrived.
pub(super) fn age(arrived: Time, now: Time) -> String {
    unit::seconds(now.since(arrived).as_secs_f64().round())
}

fn unit_of(series: &Series, track: u16) -> Unit {
    let kind = series.tracks().get(usize::from(track)).map_or(Kind::Gauge, |track| track.kind());
    crate::store::unit(series.identifier().type_(), kind)
}

/// A rate is known from the second value on.
fn value(series: &Series, track: u16, shown: f64) -> String {
    let unit = unit_of(series, track);
    if shown.is_nan() && unit.is_per_second() && series.len() <= 1 { "…".to_owned() } else { show(unit, shown) }
}

/// `type-instance`, and ` source` if there are several.
fn name(series: &Series, track: u16) -> String {
    let identifier = series.identifier();
    let mut name = text::shown(identifier.type_());
    if !identifier.type_instance().is_empty() {
        name.push('-');
        text::push(&mut name, identifier.type_instance());
    }
    match series.source(track.into()) {
        Some(source) if series.tracks().len() > 1 => {
            name.push(' ');
            text::push(&mut name, source);
        }
        None if series.tracks().len() > 1 => text::push(&mut name, format_args!(" [{track}]")),
        _ => {}
    }
    name
}

/// `host/plugin-instance`.
fn place(series: &Series) -> String {
    let mut place = text::shown(series.identifier().host());
    place.push('/');
    place + &plugin(series)
}

/// `plugin-instance`.
pub(super) fn plugin(series: &Series) -> String {
    let identifier = series.identifier();
    let mut plugin = text::shown(identifier.plugin());
    if !identifier.plugin_instance().is_empty() {
        plugin.push('-');
        text::push(&mut plugin, identifier.plugin_instance());
    }
    plugin
}

/// A change as a part of what was there before: `+12 %`.
fn percent(change: f64) -> String {
    let percent = change * 100.0;
    match percent.abs() {
        0.0 => "=".to_owned(),
        size if size >= 99_950.0 => if percent > 0.0 { "+++" } else { "---" }.to_owned(),
        size if size >= 9.95 => format!("{percent:+.0} %"),
        size if size >= 0.05 => format!("{percent:+.1} %"),
        _ => "±0 %".to_owned(),
    }
}

/// Numbers that differ by no more than this part of them are shown as the same: rates are no more exact.
const NOISE: f64 = 2e-4;

/// The last numbers as bars of up to eight steps between the smallest and the largest; one that is not known is a gap.
pub(super) fn sparkline(history: &[f64], columns: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let shown = &history[history.len().saturating_sub(columns)..];
    let known = || shown.iter().copied().filter(|number| number.is_finite());
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let is_flat = high / 2.0 - low / 2.0 <= high.abs().max(low.abs()) / 2.0 * NOISE;
    let bar = |number: f64| {
        // Halves, because the difference of the largest numbers is infinite.
        let part = (number / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 7")]
        let step = if is_flat || part.is_nan() { 0 } else { (part * 7.0).round() as usize };
        BARS[step.min(7)]
    };
    shown.iter().map(|&number| if number.is_finite() { bar(number) } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_short() {
        let shown = [0.0, 0.5, -0.0512, 1e-9, -1e-9, f64::INFINITY, -2000.0, 12.0].map(percent);
        assert_eq!(shown, ["=", "+50 %", "-5.1 %", "±0 %", "±0 %", "+++", "---", "+1200 %"]);
    }

    #[test]
    fn sparklines_go_from_the_smallest_to_the_largest() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&[9.0, 0.0, 1.0], 2), "▁█");
        assert_eq!(sparkline(&[5.0, f64::NAN, 5.0], 9), "▁ ▁");
        assert_eq!(sparkline(&[f64::MIN, f64::INFINITY, f64::MAX], 9), "▁ █");
        assert_eq!(sparkline(&[1000.0, 1000.1, 999.9], 9), "▁▁▁");
        assert_eq!(sparkline(&[], 9), "");
    }
}

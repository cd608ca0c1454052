//! Screens of fixed data, as snapshots.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use collectd_net::{Packets, Reader};
use collectd_types::{Identifier, Interval, Notification, Time, TypesDb, Values};
use collectd_wire::{Encoder, encode_notification};
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::style::Color;
use unicode_width::UnicodeWidthStr;

use super::super::app::{App, Command, Pane};
use super::super::feed::Shared;
use super::super::keys::Action;
use super::super::theme::Theme;
use crate::store::{Limits, Store};

const NOW: u64 = 1_700_000_100;
const LIMITS: Limits = Limits { series: 1000, points: 60, notifications: 100 };
const TYPES: &[u8] =
    b"if_octets rx:DERIVE:0:U, tx:DERIVE:0:U\nload shortterm:GAUGE:0:U, midterm:GAUGE:0:U, longterm:GAUGE:0:U\n";

/// An application whose store has what arrives, and the screen that it is drawn on.
struct Desk {
    app: App,
    terminal: Terminal<TestBackend>,
}

impl Desk {
    fn new(columns: u16, rows: u16) -> Desk {
        Desk::with(columns, rows, LIMITS, Theme::new(true))
    }

    fn with(columns: u16, rows: u16, limits: Limits, theme: Theme) -> Desk {
        let mut types = TypesDb::new();
        types.parse(TYPES);
        let mut app = App::new(Arc::new(Shared::new(Store::new(limits, types))), theme, TimeZone::UTC);
        app.fix_now(Time::from_secs(NOW));
        Desk { app, terminal: Terminal::new(TestBackend::new(columns, rows)).unwrap() }
    }

    /// Lets packets arrive some seconds ago.
    fn arrive(&mut self, ago: u64, packet: &[u8]) {
        let mut unpacker = Reader::builder().unpacker().unwrap();
        let mut packets = Packets::new();
        packets.push(([127, 0, 0, 1], 1).into(), packet);
        let arrived = UNIX_EPOCH + Duration::from_secs(NOW - ago);
        for item in unpacker.open(&packets).items() {
            self.app.shared.store().take(arrived, &item);
        }
    }

    fn take(&mut self, ago: u64, list: &str, fill: impl FnOnce(Values) -> Values) {
        let id: Identifier = list.parse().unwrap();
        let values = Values::new(&id.type_).host(&id.host).plugin(&id.plugin).plugin_instance(&id.plugin_instance);
        let values = values.type_instance(&id.type_instance).interval(Interval::from_secs(10));
        self.take_values(ago, fill(values));
    }

    fn take_values(&mut self, ago: u64, values: Values) {
        let mut encoder = Encoder::new(65_000);
        encoder.push(values.time(Time::from_secs(NOW - ago)).view()).unwrap();
        self.arrive(ago, encoder.packet());
    }

    fn notify(&mut self, ago: u64, notification: Notification) {
        let notification = Notification { time: Time::from_secs(NOW - ago), ..notification };
        self.arrive(ago, &encode_notification(notification.view(), 1452).unwrap());
    }

    fn press(&mut self, keys: &str) {
        for key in keys.chars() {
            let code = match key {
                '\n' => KeyCode::Enter,
                '\x1b' => KeyCode::Esc,
                '↓' => KeyCode::Down,
                key => KeyCode::Char(key),
            };
            assert_eq!(
                self.app.input(&Event::Key(KeyEvent::new(code, KeyModifiers::NONE))),
                Command::Nothing,
                "{key:?}"
            );
        }
    }

    fn click(&mut self, column: u16, row: u16) {
        let kind = MouseEventKind::Down(MouseButton::Left);
        let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        assert_eq!(self.app.input(&Event::Mouse(event)), Command::Nothing);
    }

    fn draw(&mut self) -> String {
        self.app.refresh();
        let app = &mut self.app;
        self.terminal.draw(|frame| super::draw(app, frame)).unwrap();
        self.text()
    }

    fn text(&self) -> String {
        let buffer = self.terminal.backend().buffer();
        let lines = buffer.content.chunks(usize::from(buffer.area.width).max(1));
        // Behind a wide character there is a cell that is not shown.
        let line = |cells: &[Cell]| {
            let mut hidden = 0;
            let is_shown = |cell: &&Cell| {
                let is_shown = hidden == 0;
                hidden = if is_shown { cell.symbol().width().saturating_sub(1) } else { hidden - 1 };
                is_shown
            };
            cells.iter().filter(is_shown).map(Cell::symbol).collect::<String>()
        };
        lines.map(|cells| line(cells).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// What three hosts sent, one of which is silent.
fn usual(columns: u16, rows: u16) -> Desk {
    let mut desk = Desk::new(columns, rows);
    fill(&mut desk);
    desk
}

fn fill(desk: &mut Desk) {
    for (step, ago) in (0..=9u32).zip((0..=9).rev().map(|step| step * 10)) {
        let x = f64::from(step);
        desk.take(ago, "db1/memory/memory-used", |list| list.gauge(1024.0 * 1024.0 * (500.0 + x * x)));
        desk.take(ago, "db1/memory/memory-free", |list| list.gauge(1024.0 * 1024.0 * (524.0 - x * x)));
        let octets = i64::from(step * step) * 10_240;
        desk.take(ago, "db1/interface-eth0/if_octets", |list| list.derives([octets, 5_000]));
        desk.take(ago, "db1/cpu-0/percent-idle", |list| list.gauge(if step % 4 == 1 { 20.0 } else { 95.5 }));
        desk.take(ago, "web1/load/load", |list| list.gauges([0.5 + (x / 2.0).sin() / 2.0, 0.5, 0.25]));
        if ago >= 60 {
            desk.take(ago, "old1/sensors/temperature-core", |list| list.gauge(40.0 + x));
        }
    }
}

#[test]
fn a_tree() {
    insta::assert_snapshot!(usual(80, 24).draw());
}

#[test]
fn a_wide_tree() {
    insta::assert_snapshot!(usual(140, 20).draw());
}

#[test]
fn nothing_yet() {
    insta::assert_snapshot!(Desk::new(80, 8).draw());
}

#[test]
fn small_screens() {
    insta::assert_snapshot!(usual(40, 10).draw());
    insta::assert_snapshot!(usual(20, 5).draw());
}

#[test]
fn all_series_in_one_list_by_value() {
    let mut desk = usual(100, 14);
    desk.press("ts");
    insta::assert_snapshot!(desk.draw());
}

#[test]
fn sorted_by_change_and_by_silence() {
    let mut desk = usual(80, 14);
    desk.press("t3");
    let by_change = desk.draw();
    assert!(by_change.lines().nth(3).unwrap().contains("load shortterm"), "{by_change}");
    desk.press("4");
    let by_silence = desk.draw();
    assert!(by_silence.lines().nth(3).unwrap().contains("old1/sensors/temperature-core"), "{by_silence}");
    desk.press("r");
    let reversed = desk.draw();
    let last = reversed.lines().rev().find(|line| line.contains('/') && line.contains("temperature"));
    assert!(last.is_some() && !reversed.lines().nth(3).unwrap().contains("temperature"), "{reversed}");
}

#[test]
fn a_tree_sorted_by_value() {
    let mut desk = usual(80, 24);
    desk.press("2");
    let text = desk.draw();
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part} in\n{text}"));
    assert!(at("db1") < at("old1") && at("old1") < at("web1"), "{text}");
    assert!(at("memory-used") < at("memory-free") && at("memory-free") < at("if_octets rx"), "{text}");
}

#[test]
fn what_is_searched_is_shown_with_its_parents() {
    let mut desk = usual(80, 14);
    desk.draw();
    desk.press("c/db1*me");
    insta::assert_snapshot!(desk.draw());
    desk.press("xx");
    assert!(desk.draw().contains("nothing that came has this"));
    desk.press("\x1b");
    assert!(desk.draw().contains("▸ web1"), "{}", desk.text());
}

#[test]
fn expressions_compare_what_is_shown() {
    let mut desk = usual(100, 14);
    desk.draw();
    desk.press("/value > 10000 && plugin == interface");
    let text = desk.draw();
    assert!(text.contains("if_octets rx") && !text.contains("if_octets tx") && !text.contains("memory"), "{text}");
    desk.press(" &&");
    let text = desk.draw();
    assert!(text.lines().last().unwrap().contains("column 40: "), "{text}");
    assert!(text.contains("if_octets rx") && !text.contains("memory"), "{text}");
}

#[test]
fn a_graph_of_two() {
    let mut desk = usual(80, 30);
    desk.press("/memory\n↓↓");
    desk.draw();
    desk.press("  g----");
    desk.press("+++++");
    insta::assert_snapshot!(desk.draw());
    desk.press("g\x1b");
    assert!(!desk.draw().contains("graph of"), "{}", desk.text());
}

#[test]
fn a_graph_on_the_whole_screen_moves_in_time() {
    let mut desk = usual(80, 20);
    desk.press("/rx\n↓↓gg+++");
    insta::assert_snapshot!(desk.draw());
    desk.press("<<");
    let earlier = desk.draw();
    assert!(earlier.contains("graph of 1m00s until 22:14:30"), "{earlier}");
    desk.press(">>>");
    assert!(desk.draw().contains("─ graph of 1m00s ─"), "{}", desk.text());
}

#[test]
fn numbers_that_are_not_known_are_gaps() {
    let mut desk = Desk::new(80, 24);
    for step in 0..10 {
        let number = if step == 5 { f64::NAN } else { 7.0 };
        desk.take(100 - 10 * step, "h/p/gauge", |list| list.gauge(number));
    }
    desk.draw();
    desk.press("↓↓gg+++");
    insta::assert_snapshot!(desk.draw());
}

#[test]
fn notifications_come_newest_first() {
    let mut desk = usual(80, 16);
    let about = |builder: collectd_types::NotificationBuilder| {
        builder.host("db1").plugin("df").plugin_instance("root").type_("df_complex").build().unwrap()
    };
    desk.notify(50, about(Notification::failure("the disk is full")));
    desk.notify(20, about(Notification::okay("all is well \x1b[31magain")));
    desk.press("n");
    insta::assert_snapshot!(desk.draw());
    desk.press("n");
    assert_eq!(desk.app.notifications, Pane::Whole);
    assert!(!desk.draw().contains("NAME"), "{}", desk.text());
}

#[test]
fn help() {
    let mut desk = usual(80, 24);
    desk.press("?");
    insta::assert_snapshot!(desk.draw());
    for line in super::super::keys::HELP {
        assert!(desk.text().contains(line.1), "{line:?} is not on a usual screen");
    }
}

#[test]
fn a_pause_stands_still() {
    let mut desk = usual(80, 24);
    desk.press("/db1*memory\n↓↓g");
    let before = desk.draw();
    desk.press("p");
    let paused = desk.draw();
    desk.take(0, "db1/memory/memory-free", |list| list.gauge(7.0).interval(Interval::from_secs(11)));
    desk.app.fix_now(Time::from_secs(NOW + 10));
    desk.take_values(0, Values::new("memory").host("db1").plugin("memory").type_instance("later").gauge(1.0));
    let later = desk.draw();
    let body = |text: &str| text.lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
    assert!(paused.contains("PAUSED") && later.contains("10 series"), "{later}");
    assert_eq!(body(&paused)[..20], body(&later)[..20]);
    assert_eq!(body(&before)[..20], body(&later)[..20]);
    desk.press("p");
    desk.press("r");
    assert!(desk.draw().contains("memory-later"), "{}", desk.text());
}

#[test]
fn what_is_beyond_the_limit_is_counted() {
    let limits = Limits { series: 2, ..LIMITS };
    let mut desk = Desk::with(100, 8, limits, Theme::new(true));
    for name in ["a", "b", "c", "d", "d"] {
        desk.take(0, &format!("{name}/p/gauge"), |list| list.gauge(1.0));
    }
    assert!(desk.draw().contains("2 hosts  2 series  3 lists beyond 2 series"), "{}", desk.text());
}

#[test]
fn hostile_names_stay_in_their_place() {
    let mut desk = Desk::new(80, 18);
    let list = || Values::new("gauge").interval(Interval::from_secs(10)).gauge(1.0);
    desk.take_values(0, list().host("\x1b]0;title\x07").plugin("a\nb\r\x08"));
    desk.take_values(0, list().host("wide 東京東京東京").plugin("x").type_instance("\u{202e}turned"));
    desk.take_values(0, list().host("e\u{301}\u{200b}").plugin(b"\xff\x9b31m").type_instance("y".repeat(127)));
    desk.notify(0, Notification::failure("\x1b[2J\u{9b}31m\u{202e}東京").host("\x1b[H").build().unwrap());
    desk.press("n");
    insta::assert_snapshot!(desk.draw());
    let cells = &desk.terminal.backend().buffer().content;
    assert!(!cells.iter().any(|cell| cell.symbol().contains(char::is_control)));
}

#[test]
fn without_colours_there_are_none() {
    let has_colours = |theme| {
        let mut desk = Desk::with(100, 30, LIMITS, theme);
        fill(&mut desk);
        desk.notify(0, Notification::failure("x").host("db1").build().unwrap());
        desk.draw();
        desk.press("/memory\n↓↓  ng");
        desk.draw();
        let cells = desk.terminal.backend().buffer().content.iter();
        cells.filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset).count() > 0
    };
    assert!(has_colours(Theme::new(true)));
    assert!(!has_colours(Theme::new(false)));
}

#[test]
fn hosts_fold_by_key_and_by_mouse() {
    let mut desk = usual(80, 24);
    desk.draw();
    desk.press("h");
    let folded = desk.draw();
    assert!(folded.contains("▸ db1  5 series") && !folded.contains("memory-used"), "{folded}");
    desk.press("l");
    assert!(desk.draw().contains("memory-used"));
    let row = desk.text().lines().position(|line| line.contains("▾ web1")).unwrap();
    desk.click(0, u16::try_from(row).unwrap());
    assert!(desk.draw().contains("▸ web1  3 series") && !desk.text().contains("shortterm"), "{}", desk.text());
    desk.press("e");
    assert!(desk.draw().contains("shortterm"));
    desk.press("c");
    assert_eq!(desk.draw().matches('▸').count(), 3, "{}", desk.text());
}

#[test]
fn columns_and_hints_can_be_clicked() {
    let mut desk = usual(80, 24);
    let header = desk.draw().lines().nth(2).unwrap().to_owned();
    let column = header.chars().collect::<String>().find("VALUE").unwrap();
    // The arrow behind NAME is one column, but three bytes.
    desk.click(u16::try_from(column - 2).unwrap(), 2);
    assert!(desk.draw().contains("VALUE▼"), "{}", desk.text());
    desk.click(u16::try_from(column - 2).unwrap(), 2);
    assert!(desk.draw().contains("VALUE▲"), "{}", desk.text());
    let last = desk.text().lines().last().unwrap().to_owned();
    desk.click(u16::try_from(last.find("help").unwrap()).unwrap(), 23);
    assert!(desk.app.is_help);
}

/// Panes of all kinds on screens of all sizes, also with numbers that no axis likes.
#[test]
fn no_size_is_too_small() {
    let mut desk = usual(1, 1);
    for (number, value) in [f64::MAX, f64::MIN, f64::INFINITY, f64::NAN, 5e-324].into_iter().enumerate() {
        for ago in [20, 10] {
            desk.take(ago, &format!("odd/p/gauge-{number}"), |list| list.gauge(value / ago as f64));
        }
    }
    desk.notify(0, Notification::failure("東京".repeat(30)).host("db1").build().unwrap());
    let sizes = (0..=26).flat_map(|columns| (0..=13).map(move |rows| (columns, rows)));
    for (columns, rows) in sizes.chain([(24, 40), (79, 23), (81, 25), (300, 100), (1000, 1)]) {
        desk.terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        for graph in [Pane::Off, Pane::Part, Pane::Whole] {
            for notifications in [Pane::Off, Pane::Part, Pane::Whole] {
                (desk.app.graph.pane, desk.app.notifications) = (graph, notifications);
                desk.draw();
            }
        }
        desk.app.act(Action::Down);
        desk.app.act(Action::Mark);
        desk.app.act(Action::Help);
        desk.draw();
        desk.app.act(Action::Help);
    }
}

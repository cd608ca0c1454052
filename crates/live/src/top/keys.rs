//! What keys do.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::catalogue::Sort;

/// What the user may want.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Action {
    Quit,
    /// Away with what was opened last; if nothing is open, quit.
    Back,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Open,
    Close,
    OpenAll,
    CloseAll,
    /// A series: its graph. Others: open or close.
    Enter,
    Mark,
    UnmarkAll,
    Graph,
    ZoomIn,
    ZoomOut,
    Earlier,
    Later,
    Pause,
    NextSort,
    SortBy(Sort),
    Reverse,
    Tree,
    Search,
    Notifications,
    Help,
    Redraw,
    Suspend,
}

/// Keys and what they are for, as the help shows them.
pub(super) const HELP: [(&str, &str); 18] = [
    ("↑ ↓ PgUp PgDn Home End", "move (also j k)"),
    ("→ ←", "open and close a host or plugin (also l h)"),
    ("e c", "open all, close all"),
    ("Enter", "open or close; on a series: its graph"),
    ("Space", "mark a series for the graph, or not"),
    ("u", "unmark all"),
    ("/", "search: names, with * and ?; or as: value > 1e6"),
    ("s", "sort by the next column"),
    ("1 2 3 4", "sort by name, value, change, silence"),
    ("r", "reverse the order"),
    ("t", "tree, or all series in one list"),
    ("g", "graph: off, half, whole screen"),
    ("+ -", "graph: shorter or longer time"),
    ("< >", "graph: earlier or later"),
    ("p", "pause: what is shown stands still"),
    ("n", "notifications: off, some, whole screen"),
    ("Esc q", "back; quit (also Ctrl-C)"),
    ("Mouse", "click: select, open, sort; wheel: scroll, zoom"),
];

/// The most important ones, for the last line.
pub(super) const HINTS: [(&str, &str, Action); 9] = [
    ("q", "quit", Action::Quit),
    ("?", "help", Action::Help),
    ("/", "search", Action::Search),
    ("g", "graph", Action::Graph),
    ("Space", "mark", Action::Mark),
    ("s", "sort", Action::NextSort),
    ("t", "tree", Action::Tree),
    ("n", "notes", Action::Notifications),
    ("p", "pause", Action::Pause),
];

/// What a key does, outside of the search field.
pub(super) fn action(key: KeyEvent) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return control(key.code);
    }
    Some(match key.code {
        KeyCode::Char('q') => Action::Quit,
        KeyCode::Esc => Action::Back,
        KeyCode::Up | KeyCode::Char('k') => Action::Up,
        KeyCode::Down | KeyCode::Char('j') => Action::Down,
        KeyCode::PageUp => Action::PageUp,
        KeyCode::PageDown => Action::PageDown,
        KeyCode::Home => Action::First,
        KeyCode::End => Action::Last,
        KeyCode::Right | KeyCode::Char('l') => Action::Open,
        KeyCode::Left | KeyCode::Char('h') => Action::Close,
        KeyCode::Char('e') => Action::OpenAll,
        KeyCode::Char('c') => Action::CloseAll,
        KeyCode::Enter => Action::Enter,
        KeyCode::Char(' ') => Action::Mark,
        KeyCode::Char('u') => Action::UnmarkAll,
        KeyCode::Char('g') => Action::Graph,
        KeyCode::Char('+' | '=') => Action::ZoomIn,
        KeyCode::Char('-') => Action::ZoomOut,
        KeyCode::Char('<' | ',') => Action::Earlier,
        KeyCode::Char('>' | '.') => Action::Later,
        KeyCode::Char('p') => Action::Pause,
        KeyCode::Char('s') => Action::NextSort,
        KeyCode::Char('1') => Action::SortBy(Sort::Name),
        KeyCode::Char('2') => Action::SortBy(Sort::Value),
        KeyCode::Char('3') => Action::SortBy(Sort::Change),
        KeyCode::Char('4') => Action::SortBy(Sort::Silence),
        KeyCode::Char('r') => Action::Reverse,
        KeyCode::Char('t') => Action::Tree,
        KeyCode::Char('/') => Action::Search,
        KeyCode::Char('n') => Action::Notifications,
        KeyCode::Char('?') | KeyCode::F(1) => Action::Help,
        _ => return None,
    })
}

/// With the control key, in the search field, too.
pub(super) fn control(code: KeyCode) -> Option<Action> {
    match code {
        KeyCode::Char('c') => Some(Action::Quit),
        KeyCode::Char('l') => Some(Action::Redraw),
        KeyCode::Char('z') => Some(Action::Suspend),
        _ => None,
    }
}

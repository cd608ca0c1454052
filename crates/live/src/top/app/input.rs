//! Keys and mouse.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use super::super::catalogue::Sort;
use super::super::keys::{self, Action};
use super::super::rows::Row;
use super::{App, MAX_LINES, Pane, Pause};

/// How many lines the wheel goes at once.
const WHEEL: isize = 3;
/// The longest text that is looked for.
const LONGEST_SEARCH: usize = 200;

/// What the program has to do, beyond drawing anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Command {
    Nothing,
    /// Not even drawing: nothing has changed.
    Ignore,
    Quit,
    Suspend,
    Redraw,
}

/// Where things were drawn last, for the mouse.
#[derive(Clone, Debug, Default)]
pub(crate) struct Regions {
    pub(crate) list: Rect,
    pub(crate) graph: Rect,
    pub(crate) notifications: Rect,
    pub(crate) columns: Vec<(Rect, Sort)>,
    pub(crate) hints: Vec<(Rect, Action)>,
}

impl App {
    pub(crate) fn input(&mut self, event: &Event) -> Command {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.key(*key),
            Event::Mouse(mouse) => self.mouse(*mouse),
            Event::Resize(..) => Command::Nothing,
            _ => Command::Ignore,
        }
    }

    fn key(&mut self, key: KeyEvent) -> Command {
        if self.is_searching {
            return self.search_key(key);
        }
        keys::action(key).map_or(Command::Nothing, |action| self.act(action))
    }

    fn search_key(&mut self, key: KeyEvent) -> Command {
        let mut text = self.search.text().to_owned();
        match key.code {
            KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => text.clear(),
            code if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return keys::control(code).map_or(Command::Nothing, |action| self.act(action));
            }
            KeyCode::Enter | KeyCode::Down | KeyCode::Up => self.is_searching = false,
            KeyCode::Esc => {
                self.is_searching = false;
                text.clear();
            }
            KeyCode::Backspace => drop(text.pop()),
            KeyCode::Char(character) if !character.is_control() && text.len() < LONGEST_SEARCH => text.push(character),
            _ => {}
        }
        if text != self.search.text() {
            self.search.set(text);
            self.catalogue.forget_matches();
            self.arrange_anew();
        }
        Command::Nothing
    }

    pub(crate) fn act(&mut self, action: Action) -> Command {
        match action {
            Action::Quit => return Command::Quit,
            Action::Suspend => return Command::Suspend,
            Action::Redraw => return Command::Redraw,
            Action::Back => return self.back(),
            Action::Up => self.move_by(-1),
            Action::Down => self.move_by(1),
            Action::PageUp => self.move_by(-self.page()),
            Action::PageDown => self.move_by(self.page()),
            Action::First => self.move_by(isize::MIN),
            Action::Last => self.move_by(isize::MAX),
            Action::Open => self.open(),
            Action::Close => self.close(),
            Action::Enter => self.enter(),
            Action::OpenAll | Action::CloseAll => {
                self.folds.set_all(&self.catalogue, action == Action::OpenAll);
                self.fold();
            }
            Action::Mark => self.mark(),
            Action::UnmarkAll => self.marks.clear(),
            Action::Graph => self.graph.pane = self.graph.pane.next(),
            Action::ZoomIn => self.graph.zoom_in(),
            Action::ZoomOut => self.graph.zoom_out(),
            Action::Earlier => self.graph.earlier(),
            Action::Later => self.graph.later(),
            Action::Pause => {
                self.pause = if self.pause.is_none() { Some(Pause::default()) } else { None };
                self.graph.back = if self.pause.is_none() { 0.0 } else { self.graph.back };
            }
            Action::NextSort => self.sort_by(match self.how.sort {
                Sort::Name => Sort::Value,
                Sort::Value => Sort::Change,
                Sort::Change => Sort::Silence,
                Sort::Silence => Sort::Name,
            }),
            Action::SortBy(sort) if sort == self.how.sort => self.reverse(),
            Action::SortBy(sort) => self.sort_by(sort),
            Action::Reverse => self.reverse(),
            Action::Tree => {
                self.how.is_tree = !self.how.is_tree;
                self.fold();
            }
            Action::Search => self.is_searching = true,
            Action::Notifications => {
                self.notifications = self.notifications.next();
                self.first_notification = 0;
            }
            Action::Help => self.is_help = !self.is_help,
        }
        Command::Nothing
    }

    fn back(&mut self) -> Command {
        if self.is_help {
            self.is_help = false;
        } else if self.graph.pane != Pane::Off {
            self.graph.pane = Pane::Off;
        } else if self.notifications != Pane::Off {
            self.notifications = Pane::Off;
        } else if !self.search.is_empty() {
            self.search.set(String::new());
            self.catalogue.forget_matches();
            self.arrange();
        } else if !self.marks.is_empty() {
            self.marks.clear();
        } else {
            return Command::Quit;
        }
        Command::Nothing
    }

    fn page(&self) -> isize {
        isize::try_from(self.cursor.height()).unwrap_or(1)
    }

    fn move_by(&mut self, rows: isize) {
        if self.notifications == Pane::Whole {
            // The newest is on top.
            self.first_notification = self.first_notification.saturating_add_signed(rows);
        } else if rows < 0 {
            self.cursor.up(rows.unsigned_abs());
        } else {
            self.cursor.down(rows.unsigned_abs());
        }
    }

    fn sort_by(&mut self, sort: Sort) {
        self.how.sort = sort;
        self.how.is_reversed = false;
        self.arrange_anew();
    }

    fn reverse(&mut self) {
        self.how.is_reversed = !self.how.is_reversed;
        self.arrange_anew();
    }

    fn open(&mut self) {
        let Some(heading) = self.current().and_then(Row::heading).copied() else { return };
        if heading.is_open {
            self.cursor.down(1);
        } else {
            self.folds.set(heading.key, true);
            self.fold();
        }
    }

    fn close(&mut self) {
        let Some(row) = self.current().copied() else { return };
        match row.heading() {
            Some(heading) if heading.is_open && self.search.is_empty() => {
                self.folds.set(heading.key, false);
                self.fold();
            }
            _ => {
                let above = self.rows[..self.cursor.row].iter().rposition(|above| above.depth() < row.depth());
                above.into_iter().for_each(|above| self.cursor.go(above));
            }
        }
    }

    fn enter(&mut self) {
        match self.current().copied() {
            Some(Row::Leaf(_)) => {
                self.graph.pane = if self.graph.pane == Pane::Off { Pane::Part } else { Pane::Off };
            }
            Some(Row::Host(heading) | Row::Plugin(heading)) => {
                self.folds.set(heading.key, !heading.is_open);
                self.fold();
            }
            None => {}
        }
    }

    fn mark(&mut self) {
        let Some(leaf) = self.current().and_then(Row::leaf) else { return };
        match self.marks.iter().position(|mark| *mark == leaf) {
            Some(at) => drop(self.marks.remove(at)),
            None if self.marks.len() < MAX_LINES => self.marks.push(leaf),
            None => return,
        }
        self.cursor.down(1);
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Command {
        let at = Position::new(mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::ScrollUp => self.wheel(at, -WHEEL),
            MouseEventKind::ScrollDown => self.wheel(at, WHEEL),
            MouseEventKind::Down(MouseButton::Left) => return self.click(at),
            // Most of all that the mouse was moved, hundreds of times.
            _ => return Command::Ignore,
        }
        Command::Nothing
    }

    fn wheel(&mut self, at: Position, lines: isize) {
        if self.regions.graph.contains(at) {
            if lines < 0 { self.graph.zoom_in() } else { self.graph.zoom_out() }
        } else if self.regions.notifications.contains(at) {
            self.first_notification = self.first_notification.saturating_add_signed(lines);
        } else {
            self.cursor.scroll(lines);
        }
    }

    fn click(&mut self, at: Position) -> Command {
        if self.is_help {
            self.is_help = false;
            return Command::Nothing;
        }
        if let Some(&(_, action)) = self.regions.hints.iter().find(|(area, _)| area.contains(at)) {
            return self.act(action);
        }
        if let Some(&(_, sort)) = self.regions.columns.iter().find(|(area, _)| area.contains(at)) {
            return self.act(Action::SortBy(sort));
        }
        let list = self.regions.list;
        if list.contains(at) {
            let row = self.cursor.top + usize::from(at.y - list.y);
            if let Some(clicked) = self.rows.get(row) {
                // The second click on a row opens it, as does one on the sign before a heading.
                let is_sign = clicked.heading().is_some() && usize::from(at.x - list.x) <= 2 + 2 * clicked.depth();
                let again = row == self.cursor.row;
                self.cursor.go(row);
                if again || is_sign {
                    self.enter();
                }
            }
        }
        Command::Nothing
    }
}

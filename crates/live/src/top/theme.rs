//! Colours, or without them what else a terminal can do.

use std::env;

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;

/// How things look.
#[derive(Clone, Copy)]
pub(super) struct Theme {
    colours: bool,
}

/// Apart from each other also for those who see no red or green.
const LINES: [Color; 8] = [
    Color::Cyan,
    Color::Yellow,
    Color::Magenta,
    Color::Green,
    Color::LightBlue,
    Color::LightRed,
    Color::White,
    Color::Blue,
];

const MARKERS: [Marker; 4] = [Marker::Braille, Marker::Dot, Marker::HalfBlock, Marker::Block];

impl Theme {
    /// Without colours if `NO_COLOR` is set and not empty, as <https://no-color.org> wants it.
    pub(super) fn from_environment() -> Self {
        Theme { colours: env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    #[cfg(test)]
    pub(super) fn new(colours: bool) -> Self {
        Theme { colours }
    }

    fn coloured(self, colour: Color, otherwise: Modifier) -> Style {
        if self.colours { Style::new().fg(colour) } else { Style::new().add_modifier(otherwise) }
    }

    pub(super) fn title(self) -> Style {
        self.coloured(Color::Cyan, Modifier::empty()).add_modifier(Modifier::BOLD)
    }

    pub(super) fn header(self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    pub(super) fn sorted(self) -> Style {
        self.header().add_modifier(Modifier::BOLD)
    }

    /// In no colour, which would be that of the background.
    pub(super) fn cursor(self) -> Style {
        Style::new().fg(Color::Reset).add_modifier(Modifier::REVERSED)
    }

    pub(super) fn host(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn plugin(self) -> Style {
        self.coloured(Color::Cyan, Modifier::empty())
    }

    pub(super) fn quiet(self) -> Style {
        self.coloured(Color::DarkGray, Modifier::DIM)
    }

    pub(super) fn spark(self) -> Style {
        self.coloured(Color::Green, Modifier::empty())
    }

    pub(super) fn bad(self) -> Style {
        self.coloured(Color::Red, Modifier::BOLD)
    }

    pub(super) fn warning(self) -> Style {
        self.coloured(Color::Yellow, Modifier::BOLD)
    }

    pub(super) fn falling(self) -> Style {
        self.coloured(Color::Yellow, Modifier::empty())
    }

    pub(super) fn good(self) -> Style {
        self.coloured(Color::Green, Modifier::empty())
    }

    pub(super) fn key(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn has_colours(self) -> bool {
        self.colours
    }

    /// How one of several lines of a graph looks.
    pub(super) fn line(self, index: usize) -> Style {
        if self.colours { Style::new().fg(LINES[index % LINES.len()]) } else { Style::new() }
    }

    /// What the marker of a line looks like.
    pub(super) fn marker_sign(self, index: usize) -> &'static str {
        ["⣿", "•", "▀", "█"][index % MARKERS.len()]
    }

    /// What one of several lines of a graph is drawn with: without colours each is drawn otherwise.
    pub(super) fn marker(self, index: usize) -> Marker {
        if self.colours { Marker::Braille } else { MARKERS[index % MARKERS.len()] }
    }
}

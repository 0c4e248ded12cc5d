//! What keys do.
//!
//! In: a key. Out: how the screen is to look from now on, or a wish. Reads no keyboard.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// How the screen is to look.
#[derive(Debug, Clone, Default)]
pub(super) struct Ui {
    /// The order of endpoints.
    pub(super) sort: Sort,
    /// The first endpoint shown.
    pub(super) first: usize,
    /// Whether failures take the place of the table.
    pub(super) failures: bool,
    /// Whether help lies over everything.
    pub(super) help: bool,
    /// Whether stopping was asked for.
    pub(super) asked_to_stop: bool,
    /// How many rows there are, and how many the last drawing had room for.
    pub(super) rows: Rows,
}

/// Rows that can be scrolled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rows {
    pub(super) all: usize,
    pub(super) room: usize,
}

/// An order of endpoints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// Most requests first.
    #[default]
    Traffic,
    /// Highest p95 first.
    Slowest,
    /// Highest share of failures first.
    Failing,
    /// By name.
    Name,
}

impl Sort {
    /// What the order is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Slowest => "p95",
            Self::Failing => "errors",
            Self::Name => "name",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Traffic => Self::Slowest,
            Self::Slowest => Self::Failing,
            Self::Failing => Self::Name,
            Self::Name => Self::Traffic,
        }
    }
}

/// What a key asks of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To stop: what Ctrl-C asks where there is no screen.
    Stop,
    /// To be put aside: what Ctrl-Z asks where there is no screen.
    Suspend,
}

impl Ui {
    /// Takes a key in.
    pub(super) fn press(&mut self, key: KeyEvent) -> Option<Wish> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => Some(self.stop()),
                KeyCode::Char('z') => Some(Wish::Suspend),
                _ => None,
            };
        }
        match key.code {
            KeyCode::Esc if self.help || self.failures => (self.help, self.failures) = (false, false),
            KeyCode::Char('q' | 'Q') | KeyCode::Esc => return Some(self.stop()),
            KeyCode::Char('s') => (self.sort, self.first) = (self.sort.next(), 0),
            KeyCode::Char('e') => (self.failures, self.first) = (!self.failures, 0),
            KeyCode::Char('?' | 'h') => self.help = !self.help,
            KeyCode::Up | KeyCode::Char('k') => self.first = self.first.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll_down(1),
            KeyCode::PageUp => self.first = self.first.saturating_sub(self.rows.room.max(1)),
            KeyCode::PageDown => self.scroll_down(self.rows.room.max(1)),
            KeyCode::Home => self.first = 0,
            KeyCode::End => self.scroll_down(usize::MAX),
            _ => {}
        }
        None
    }

    fn stop(&mut self) -> Wish {
        self.asked_to_stop = true;
        Wish::Stop
    }

    fn scroll_down(&mut self, rows: usize) {
        self.first = self.first.saturating_add(rows).min(self.rows.all.saturating_sub(self.rows.room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(ui: &mut Ui, code: KeyCode) -> Option<Wish> {
        ui.press(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn q_escape_and_ctrl_c_ask_to_stop_and_ctrl_z_to_be_put_aside() {
        let mut ui = Ui::default();
        assert_eq!(press(&mut ui, KeyCode::Char('q')), Some(Wish::Stop));
        assert_eq!(press(&mut ui, KeyCode::Esc), Some(Wish::Stop));
        let control = |code| KeyEvent::new(KeyCode::Char(code), KeyModifiers::CONTROL);
        assert_eq!(ui.press(control('c')), Some(Wish::Stop));
        assert_eq!(ui.press(control('z')), Some(Wish::Suspend));
        assert_eq!(ui.press(control('q')), None);
        assert!(ui.asked_to_stop);
    }

    #[test]
    fn a_key_that_is_let_go_asks_nothing() {
        let release = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(Ui::default().press(release), None);
    }

    #[test]
    fn escape_first_closes_what_is_open() {
        let mut ui = Ui::default();
        press(&mut ui, KeyCode::Char('?'));
        press(&mut ui, KeyCode::Char('e'));
        assert!(ui.help && ui.failures);
        assert_eq!(press(&mut ui, KeyCode::Esc), None);
        assert!(!ui.help && !ui.failures);
        assert_eq!(press(&mut ui, KeyCode::Esc), Some(Wish::Stop));
    }

    #[test]
    fn rows_scroll_between_the_first_and_the_last() {
        let mut ui = Ui { rows: Rows { all: 20, room: 8 }, ..Ui::default() };
        press(&mut ui, KeyCode::Up);
        assert_eq!(ui.first, 0);
        press(&mut ui, KeyCode::PageDown);
        assert_eq!(ui.first, 8);
        press(&mut ui, KeyCode::End);
        press(&mut ui, KeyCode::Down);
        assert_eq!(ui.first, 12);
        press(&mut ui, KeyCode::PageUp);
        assert_eq!(ui.first, 4);
    }

    #[test]
    fn the_order_goes_round_and_starts_at_the_top() {
        let mut ui = Ui { first: 3, ..Ui::default() };
        let names = [(); 4].map(|()| {
            press(&mut ui, KeyCode::Char('s'));
            ui.sort.name()
        });
        assert_eq!((names, ui.first), (["p95", "errors", "name", "traffic"], 0));
    }
}

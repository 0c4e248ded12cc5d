//! A screen that is up: what is told of the run goes in, and a thread draws it and reads keys.
//!
//! In: a [`Now`] and [`Pulse`]s, on the driver's thread, which never waits for the terminal. Out: pictures; a call for each wish
//! to stop. Keeps nothing of the run.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ratatui::crossterm::event::{self, Event};

use super::super::board::Board;
use super::super::status::Now;
use super::picture::Picture;
use super::scene::{Played, Scene};
use super::suspend;
use super::terminal::{self, Terminal};
use super::theme::Theme;
use super::ui::{Ui, Wish};
use crate::measure::Pulse;

/// How long the thread waits for a key before it looks for something to draw.
const TURN: Duration = Duration::from_millis(50);

/// How long the end of a run waits for a terminal that takes nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// A screen. Dropping it gives the terminal back.
#[derive(Debug)]
pub struct Screen {
    shared: Arc<Shared>,
    ended: Receiver<()>,
}

#[derive(Debug)]
struct Shared {
    told: Mutex<Told>,
    is_over: AtomicBool,
}

/// What was told of the run.
#[derive(Debug)]
struct Told {
    now: Now,
    board: Board,
    /// Whether something was told since the last drawing.
    is_news: bool,
    /// Whether the board has changed since.
    has_pulse: bool,
}

impl Screen {
    /// Takes the terminal and shows what will be played. `stop` is called for each wish to stop; on a thread of the screen's.
    ///
    /// # Errors
    /// Where the terminal can't be taken.
    pub fn start(played: Played, color: bool, stop: impl Fn() + Send + 'static) -> io::Result<Self> {
        let told = Told { now: Now::default(), board: Board::new(&played.endpoints), is_news: true, has_pulse: false };
        let shared = Arc::new(Shared { told: Mutex::new(told), is_over: AtomicBool::new(false) });
        let (end, ended) = mpsc::channel();
        let drawn = Arc::clone(&shared);
        let terminal = Terminal::take()?;
        suspend::listen();
        let thread = std::thread::Builder::new().name(terminal::THREAD.to_owned()).spawn(move || {
            let mut drawer = Drawer {
                shared: drawn,
                terminal,
                scene: Scene::new(played),
                ui: Ui::default(),
                theme: Theme { color },
                stop: Box::new(stop),
            };
            // A terminal that is gone is nobody's concern: the run goes on.
            let _gone = drawer.go_on();
            terminal::give_back();
            // Whoever waited may have lost patience.
            let _unheard = end.send(());
        });
        thread.inspect_err(|_| terminal::give_back())?;
        Ok(Self { shared, ended })
    }

    /// Takes in how the run stands.
    pub fn update(&mut self, now: &Now) {
        let mut told = self.shared.told();
        told.now = *now;
        told.is_news = true;
    }

    /// Takes in a second of the run.
    pub fn add(&mut self, pulse: &Pulse) {
        let mut told = self.shared.told();
        told.board.add(pulse);
        (told.is_news, told.has_pulse) = (true, true);
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // The recording is worth more than a terminal that takes nothing.
        let _ended = self.ended.recv_timeout(PATIENCE);
    }
}

impl Shared {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }
}

/// The thread's own.
struct Drawer {
    shared: Arc<Shared>,
    terminal: Terminal,
    scene: Scene,
    ui: Ui,
    theme: Theme,
    stop: Box<dyn Fn() + Send>,
}

impl Drawer {
    fn go_on(&mut self) -> io::Result<()> {
        let mut is_news = true;
        while !self.shared.is_over() {
            if suspend::is_asked() {
                self.step_aside()?;
                is_news = true;
            }
            if !terminal::is_taken() {
                return Ok(());
            }
            if self.learn() || is_news {
                self.draw()?;
            }
            is_news = self.read_keys()?;
        }
        Ok(())
    }

    /// Takes over what was told; whether anything was.
    fn learn(&mut self) -> bool {
        let mut told = self.shared.told();
        if told.has_pulse {
            self.scene.take(&told.board);
        }
        self.scene.now = told.now;
        told.has_pulse = false;
        std::mem::take(&mut told.is_news)
    }

    fn draw(&mut self) -> io::Result<()> {
        let picture = Picture { scene: &self.scene, ui: &self.ui, theme: self.theme };
        let mut rows = self.ui.rows;
        self.terminal.draw(|frame| rows = picture.draw(frame.area(), frame.buffer_mut()))?;
        self.ui.rows = rows;
        Ok(())
    }

    /// Waits for keys, for a moment; whether anything is to be drawn for them.
    fn read_keys(&mut self) -> io::Result<bool> {
        let mut is_news = false;
        let mut patience = TURN;
        while event::poll(patience)? {
            match event::read()? {
                Event::Key(key) => match self.ui.press(key) {
                    Some(Wish::Stop) => (self.stop)(),
                    Some(Wish::Suspend) => suspend::ask(),
                    None => {}
                },
                Event::Resize(..) => {}
                _ => continue,
            }
            is_news = true;
            patience = Duration::ZERO;
        }
        Ok(is_news)
    }

    /// Leaves the terminal to the shell until the process is back in the foreground.
    fn step_aside(&mut self) -> io::Result<()> {
        terminal::give_back();
        suspend::ready();
        while suspend::is_aside() || !terminal::is_in_foreground() {
            if self.shared.is_over() {
                return Ok(());
            }
            std::thread::sleep(TURN);
        }
        self.terminal.take_again()
    }
}

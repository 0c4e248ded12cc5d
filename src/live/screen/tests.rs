//! Pictures of the screen, as a terminal would show them.

use std::collections::BTreeMap;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::super::board::Board;
use super::super::status::Now;
use super::picture::Picture;
use super::scene::{Played, Scene};
use super::theme::Theme;
use super::ui::{Rows, Sort, Ui};
use crate::measure::{GeneratorSlice, Histogram, Pulse, PulseExample, Tally};

const ENDPOINTS: [&str; 5] = ["POST /auth/login", "GET /products", "GET /products/{id}", "POST /cart", "create_order"];

fn played() -> Played {
    Played {
        profile: "load".to_owned(),
        load: "200 users".to_owned(),
        target: "127.0.0.1:8000".to_owned(),
        total: Duration::from_mins(10),
        warmup: Duration::from_mins(1),
        endpoints: ENDPOINTS.map(str::to_owned).to_vec(),
    }
}

/// A second in which each endpoint answers, and the last fails at times.
fn pulse(second: u64, names: &[String], failing: u64) -> Pulse {
    let tally = |place: usize| {
        let place = u32::try_from(place).unwrap();
        let wave = u32::try_from(second % 20).unwrap() * 100;
        let mut latencies: Vec<u32> = (0..40 / (place + 1)).map(|at| 2_000 * (place + 1) + at * 150 + wave).collect();
        let failed = if place as usize + 1 == names.len() { failing } else { 0 };
        let errors = if failed > 0 {
            BTreeMap::from([("status 500".to_owned(), failed), ("timeout".to_owned(), 1)])
        } else {
            BTreeMap::new()
        };
        let requests = latencies.len() as u64 + errors.values().sum::<u64>();
        Tally { requests, bytes_received: 900, errors, response_us: Histogram::from_micros(&mut latencies) }
    };
    let finished: BTreeMap<_, _> =
        names.iter().cloned().enumerate().map(|(place, name)| (name, tally(place))).collect();
    let is_warmup = second < 60;
    let last = names.last().cloned().unwrap_or_default();
    let example = PulseExample {
        endpoint: last,
        kind: "status 500".to_owned(),
        text: "HTTP 500, body: {\"error\":\"no connection left in the pool\"}".to_owned(),
    };
    Pulse {
        second,
        users: u32::try_from(second * 4).unwrap().min(200),
        warmup: if is_warmup { finished.clone() } else { BTreeMap::new() },
        window: if is_warmup { BTreeMap::new() } else { finished },
        examples: if failing > 0 { vec![example] } else { Vec::new() },
        target: BTreeMap::from([("cpu_cores".to_owned(), 1.72), ("rss_bytes".to_owned(), 312e6)]),
        generator: GeneratorSlice {
            span_s: 1.0,
            cpu_s: 0.31,
            busy_s: 0.12,
            machine_s: 2.0,
            steal_s: 0.008,
            lag_us: Histogram::from_micros(&mut [40, 60, 95]),
            ..GeneratorSlice::default()
        },
    }
}

/// The scene after so many seconds, of which the later ones fail.
fn after(seconds: u64, names: &[String], failing_from: u64) -> Scene {
    let mut scene = Scene::new(Played { endpoints: names.to_vec(), ..played() });
    let mut board = Board::new(names);
    for second in 0..seconds {
        board.add(&pulse(second, names, if second >= failing_from { 3 } else { 0 }));
    }
    scene.take(&board);
    let elapsed = Duration::from_secs(seconds);
    scene.now = Now { elapsed, users: board.users, ..Now::default() };
    scene
}

fn usual() -> Vec<String> {
    played().endpoints
}

fn draw(scene: &Scene, ui: &Ui, size: (u16, u16), color: bool) -> (Terminal<TestBackend>, Rows) {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let mut rows = Rows::default();
    let picture = Picture { scene, ui, theme: Theme { color } };
    terminal.draw(|frame| rows = picture.draw(frame.area(), frame.buffer_mut())).unwrap();
    (terminal, rows)
}

fn shown(scene: &Scene, ui: &Ui, size: (u16, u16)) -> String {
    draw(scene, ui, size, true).0.backend().to_string()
}

#[test]
fn at_the_start_there_is_a_row_for_each_endpoint_and_no_figure() {
    insta::assert_snapshot!(shown(&Scene::new(played()), &Ui::default(), (120, 30)));
}

#[test]
fn the_warm_up_is_named_and_apart() {
    insta::assert_snapshot!(shown(&after(42, &usual(), 900), &Ui::default(), (120, 40)));
}

#[test]
fn a_run_is_shown_with_charts_and_a_table() {
    insta::assert_snapshot!(shown(&after(252, &usual(), 900), &Ui::default(), (120, 40)));
}

#[test]
fn failures_are_shown_with_what_came() {
    insta::assert_snapshot!(shown(&after(252, &usual(), 200), &Ui::default(), (120, 40)));
}

#[test]
fn all_failures_are_shown_in_full_when_asked_for() {
    let ui = Ui { failures: true, ..Ui::default() };
    insta::assert_snapshot!(shown(&after(252, &usual(), 200), &ui, (100, 30)));
}

#[test]
fn stopping_is_said_and_what_a_second_key_does() {
    let mut scene = after(252, &usual(), 900);
    scene.now.stopping = true;
    let ui = Ui { asked_to_stop: true, ..Ui::default() };
    insta::assert_snapshot!(shown(&scene, &ui, (80, 24)));
}

#[test]
fn the_smallest_terminal_has_figures_in_place_of_charts() {
    insta::assert_snapshot!(shown(&after(252, &usual(), 200), &Ui::default(), (60, 14)));
}

#[test]
fn a_wide_terminal_is_used() {
    insta::assert_snapshot!(shown(&after(400, &usual(), 300), &Ui::default(), (160, 50)));
}

#[test]
fn of_many_endpoints_as_many_are_shown_as_fit_and_it_is_said_how_many_are_not() {
    let names: Vec<String> = (0..200).map(|number| format!("endpoint_{number:03}")).collect();
    let scene = after(90, &names, 900);
    let (_, rows) = draw(&scene, &Ui::default(), (120, 30), true);
    let ui = Ui { first: 50, rows, sort: Sort::Name, ..Ui::default() };
    insta::assert_snapshot!(shown(&scene, &ui, (120, 30)));
}

#[test]
fn help_lies_over_the_screen() {
    let ui = Ui { help: true, ..Ui::default() };
    insta::assert_snapshot!(shown(&after(252, &usual(), 900), &ui, (80, 24)));
}

#[test]
fn what_a_server_or_a_file_names_can_not_command_the_terminal() {
    let names = [
        "\u{1b}[2J\u{1b}]0;owned\u{7}",
        "a\u{202e}b\r\nc",
        "商品を検索する🛒 with a name that is far too long for any column",
    ];
    let names = names.map(str::to_owned).to_vec();
    let mut scene = after(90, &names, 10);
    for failure in &mut scene.failures {
        failure.kind = "expect \u{9b}31m".to_owned();
        failure.example = Some("\u{1b}[?1049l\u{8}\u{8}rm -rf".to_owned());
    }
    scene.played.profile = "\u{1b}c".to_owned();
    scene.target = BTreeMap::from([("\u{1b}[1m_bytes".to_owned(), 1e6)]);
    for ui in [Ui::default(), Ui { failures: true, ..Ui::default() }] {
        let (terminal, _) = draw(&scene, &ui, (100, 30), true);
        let cells = terminal.backend().buffer().content();
        assert!(!cells.iter().any(|cell| cell.symbol().chars().any(char::is_control)), "{}", terminal.backend());
    }
    insta::assert_snapshot!(shown(&scene, &Ui::default(), (100, 30)));
}

#[test]
fn without_colour_there_is_none_and_with_it_there_is() {
    let scene = after(252, &usual(), 200);
    let colored = |color| {
        let (terminal, _) = draw(&scene, &Ui::default(), (120, 40), color);
        let cells = terminal.backend().buffer().content();
        cells.iter().filter(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset).count()
    };
    assert_eq!(colored(false), 0);
    assert!(colored(true) > 200);
}

#[test]
fn any_size_is_drawn_without_a_panic() {
    let scene = after(252, &usual(), 200);
    for (width, height) in (0..=20).flat_map(|step| [(step * 8, step * 3), (step * 8, 2), (3, step * 3), (200, step)]) {
        for (failures, help) in [(false, false), (true, false), (false, true)] {
            let ui = Ui { failures, help, first: 1_000, ..Ui::default() };
            draw(&scene, &ui, (width, height), true);
        }
    }
}

#[test]
fn endpoints_come_in_the_order_that_was_asked_for() {
    let scene = after(252, &usual(), 200);
    let first = |sort| {
        let ui = Ui { sort, ..Ui::default() };
        let screen = shown(&scene, &ui, (120, 40));
        let row = screen.lines().skip_while(|line| !line.contains("all endpoints")).nth(1).unwrap().to_owned();
        ENDPOINTS.into_iter().find(|name| row.contains(&format!(" {name} "))).unwrap_or_else(|| panic!("{row}"))
    };
    assert_eq!(
        [Sort::Traffic, Sort::Slowest, Sort::Failing, Sort::Name].map(first),
        ["POST /auth/login", "create_order", "create_order", "GET /products"]
    );
}

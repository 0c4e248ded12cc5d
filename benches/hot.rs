//! What the pieces cost that run for every request, counted in instructions, which a busy machine does not change.
//!
//! In: the library's public pieces, as a worker calls them, warm. Out: callgrind's counts, through gungraun and its
//! runner. Measures no time and no system call; `benches/peers.py` does.
#![expect(missing_docs, reason = "gungraun's macros make public items without any")]
#![expect(clippy::expect_used, reason = "a bench that can't be set up has nothing to say")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gungraun::{library_benchmark, library_benchmark_group, main};
use loadgate::client::{Answer, Method, Response, Wants};
use loadgate::config;
use loadgate::measure::{Phase, Recorder, Sample, Timings};
use loadgate::plan::{Choice, Plan, Scope, Scratch, Step};

const DESCRIPTION: &str = r#"
    [target]
    url = "http://127.0.0.1:8000"
    [http]
    headers = { Accept = "application/json" }
    [[user]]
    [[user.start]]
    post = "/auth/login"
    extract = { token = "json:$.access_token" }
    [[user.task]]
    get = "/"
    [[user.task]]
    post = "/orders?page={{ rand(1, 20) }}"
    headers = { Authorization = "Bearer {{ token }}" }
    json = { cart_id = "cart-{{ user.index }}", quantity = 1 }
    [profile.load]
    users = 1
    duration = "1s"
"#;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sun, 22 Nov 2026 21:50:18 GMT\r\n\
    Content-Type: application/json\r\nContent-Length: 65\r\nLast-Modified: Sun, 22 Nov 2026 21:50:10 GMT\r\n\
    Connection: keep-alive\r\nETag: \"6742fa22-41\"\r\nAccept-Ranges: bytes\r\n\r\n\
    00000000000000000000000000000000000000000000000000000000000000000";

const TOKEN: &[u8] =
    br#"{"access_token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJl","token_type":"bearer"}"#;

/// A virtual user who has logged in and sent each request once, so that all memory is there.
struct Player {
    plan: Plan,
    scope: Scope,
    scratch: Scratch,
    login: Response,
}

impl Player {
    fn request(&mut self, task: usize) -> usize {
        let step = step(&self.plan, task);
        step.request(&self.plan, &mut self.scope, &mut self.scratch).map_or(0, |request| request.wire().len())
    }

    fn judge_login(&mut self) -> bool {
        let login = self.plan.users.first().and_then(|user| user.start.first()).expect("there is a login");
        login.judge(&self.plan, &self.login, Duration::from_millis(1), &mut self.scope).is_ok()
    }
}

fn step(plan: &Plan, task: usize) -> &Step {
    plan.users.first().and_then(|user| user.tasks.get(task)?.steps.first()).expect("there is such a task")
}

fn player() -> Player {
    let choice = Choice {
        profile: None,
        only: Vec::new(),
        skip: Vec::new(),
        target: None,
        seed: 1,
        base: PathBuf::from("."),
        started_url: None,
        environment: |_| None,
    };
    let (config, source) = config::parse(DESCRIPTION, Path::new("loadgate.toml")).expect("the description is right");
    let plan = Plan::compile(&config, &source, &choice).expect("the description is right");
    let scope = Scope::new(&plan, 0, 41);
    let login = Response { status: 200, head: Vec::new(), body: TOKEN.to_vec() };
    let mut player = Player { plan, scope, scratch: Scratch::default(), login };
    player.scope.begin();
    assert!(player.judge_login() && player.request(0) > 0 && player.request(1) > 0);
    player
}

fn answer() -> (Answer, Response) {
    let mut pair = (Answer::default(), Response::default());
    assert!(read(&mut pair));
    pair
}

/// Reads one answer whose parts nobody wants, as for a plain GET.
fn read((answer, response): &mut (Answer, Response)) -> bool {
    answer.expect(Method::Get, Wants::default());
    answer.feed(black_box(ANSWER), response).is_ok() && answer.keeps_connection()
}

fn sample() -> Sample {
    let took = Duration::from_micros(812);
    Sample {
        endpoint: 0,
        phase: Phase::Window,
        finished_at: Duration::from_millis(500),
        response: took,
        service: took,
        timings: Timings { wait: Some(took), receive: Some(Duration::from_micros(3)), ..Timings::default() },
        bytes_received: 300,
        failure: None,
    }
}

/// A recorder with a sample in it and room for another.
fn recorder() -> Recorder {
    let mut recorder = Recorder::new(1);
    recorder.record(&sample());
    recorder
}

#[library_benchmark(setup = answer)]
#[bench::nginx()]
fn head_scan(mut pair: (Answer, Response)) -> (Answer, Response) {
    black_box(read(&mut pair));
    pair
}

#[library_benchmark(setup = player)]
#[bench::get()]
fn render_static(mut player: Player) -> Player {
    black_box(player.request(0));
    player
}

#[library_benchmark(setup = player)]
#[bench::post_json()]
fn render_templated(mut player: Player) -> Player {
    black_box(player.request(1));
    player
}

#[library_benchmark(setup = recorder)]
#[bench::window()]
fn record(mut recorder: Recorder) -> Recorder {
    black_box(recorder.record(black_box(&sample())));
    recorder
}

#[library_benchmark(setup = player)]
#[bench::token()]
fn json_extract(mut player: Player) -> Player {
    black_box(player.judge_login());
    player
}

library_benchmark_group!(
    name = pieces,
    benchmarks = [head_scan, render_static, render_templated, record, json_extract]
);
main!(library_benchmark_groups = pieces);

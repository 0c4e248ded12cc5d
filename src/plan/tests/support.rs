//! Descriptions around a few lines, and a virtual user who plays them without a network.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::client::Response;
use crate::config;
use crate::plan::{Broken, Choice, Plan, Scope, Scratch, Step};

/// What every description needs beside its users.
pub(super) const AROUND: &str = "
    [target]
    url = 'http://127.0.0.1:8000/api/'
    [profile.load]
    users = 2
    duration = '10s'
";

/// The choice of someone who typed nothing but the command.
pub(super) fn choice() -> Choice {
    Choice {
        profile: None,
        only: Vec::new(),
        skip: Vec::new(),
        target: None,
        seed: 7,
        base: PathBuf::from("."),
        started_url: Some("http://127.0.0.1:4444".into()),
        environment: |name| (name == "SHOP_PASSWORD").then(|| "hunter2&co".into()),
    }
}

pub(super) fn compile(text: &str, choice: &Choice) -> Result<Plan, String> {
    let (config, source) = config::parse(text, Path::new("loadgate.toml")).unwrap();
    Plan::compile(&config, &source, choice).map_err(|error| error.to_string())
}

/// Compiles users, with a target and a profile around them.
pub(super) fn users(text: &str) -> Result<Plan, String> {
    compile(&format!("{AROUND}\n{text}"), &choice())
}

/// Compiles the one task of one user.
pub(super) fn task(text: &str) -> Result<Plan, String> {
    users(&format!("[[user]]\n[[user.task]]\n{text}"))
}

/// A user at work: sends nothing, is told the answers.
pub(super) struct Player {
    pub(super) plan: Plan,
    pub(super) scope: Scope,
    pub(super) scratch: Scratch,
}

impl Player {
    pub(super) fn new(plan: Plan) -> Self {
        let mut scope = Scope::new(&plan, 0, 41);
        scope.begin();
        Self { plan, scope, scratch: Scratch::default() }
    }

    pub(super) fn of(text: &str) -> Self {
        Self::new(users(text).unwrap())
    }

    /// The request of a step, as it goes on the wire.
    pub(super) fn wire(&mut self, step: fn(&Plan) -> &Step) -> String {
        let request = step(&self.plan).request(&self.plan, &mut self.scope, &mut self.scratch).unwrap();
        String::from_utf8(request.wire().to_vec()).unwrap()
    }

    pub(super) fn body(&mut self, step: fn(&Plan) -> &Step) -> String {
        self.wire(step).split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    pub(super) fn path(&mut self, step: fn(&Plan) -> &Step) -> String {
        self.wire(step).split(' ').nth(1).unwrap().to_owned()
    }

    /// Judges an answer; a broken expectation is its label.
    pub(super) fn judge(
        &mut self,
        step: fn(&Plan) -> &Step,
        status: u16,
        head: &str,
        body: &str,
    ) -> Result<(), String> {
        let head = format!("HTTP/1.1 {status} X\r\n{head}\r\n\r\n").into_bytes();
        let response = Response { status, head, body: body.into() };
        let service = Duration::from_millis(100);
        let judged = step(&self.plan).judge(&self.plan, &response, service, &mut self.scope);
        judged.map_err(|broken| match broken {
            Broken::Status(status) => format!("status {status}"),
            Broken::Expectation(label) => self.plan.labels[label as usize].clone(),
        })
    }
}

/// The first step of the first task.
pub(super) fn first(plan: &Plan) -> &Step {
    &plan.users[0].tasks[0].steps[0]
}

/// The second step of the first task.
pub(super) fn second(plan: &Plan) -> &Step {
    &plan.users[0].tasks[0].steps[1]
}

/// The first start step.
pub(super) fn start(plan: &Plan) -> &Step {
    &plan.users[0].start[0]
}

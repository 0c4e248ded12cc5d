//! What is played, as a short hash: runs of one fingerprint can be compared.
//!
//! In: a shape and the users as typed. Out: 16 hexadecimal digits.
//! URL, values of vars, limits and expectations are not in it: they change where a run goes and how it is judged,
//! not what is asked of the target. The text that is hashed is written here, key by key, so that neither a new key
//! nor a renamed type changes the hash of a description that has not changed.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::model::Iterations;
use super::profile::Profile;
use super::search::Search;
use super::shape::{Arrivals, Shape};
use super::tags::Tags;
use crate::config::{self, Auth, Config, Think};

/// The hash of what is played. Tags are in it by the tasks they choose.
pub(super) fn fingerprint(config: &Config, tags: &Tags<'_>, profile: &Profile) -> String {
    let mut text = Text::default();
    text.profile(profile);
    text.headers("http", &config.http.headers);
    text.auth("http", config.http.auth.as_ref());
    if !config.http.keep_alive {
        text.line("http keep_alive", "false");
    }
    if config.http.redirects > 0 {
        text.line("http redirects", &config.http.redirects.to_string());
    }
    if !config.http.compression {
        text.line("http compression", "false");
    }
    if !config.http.cookies {
        text.line("http cookies", "false");
    }
    if config.http.version == config::HttpVersion::Http2 {
        text.line("http version", "2");
    }
    if config.http.connections == config::Connections::Shared {
        text.line("http connections", "shared");
    }
    for user in config.user.iter().filter(|user| tags.play_one_of(user)) {
        text.user(user, tags);
    }
    let digest = Sha256::digest(text.0.as_bytes());
    digest.iter().take(8).fold(String::new(), |mut hash, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

#[derive(Debug, Default)]
struct Text(String);

impl Text {
    /// The length in front keeps a value from looking like the next line.
    fn line(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "{key} {}:{value}", value.len());
    }

    fn given(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.line(key, &value.to_string());
        }
    }

    fn profile(&mut self, profile: &Profile) {
        self.given("search", profile.search.as_ref().map(Search::identity));
        if let Shape::Rate { arrivals, max_users, .. } = profile.shape {
            self.line("arrivals", if arrivals == Arrivals::Poisson { "poisson" } else { "uniform" });
            self.line("max_users", &max_users.to_string());
        }
        for stage in &profile.shape.stages().0 {
            let (ramp, hold) = (stage.ramp.as_micros(), stage.hold.as_micros());
            self.line("stage", &format!("{} {ramp} {hold}", stage.level));
        }
        self.line("warmup", &profile.warmup.as_micros().to_string());
        match profile.iterations {
            None => {}
            Some(Iterations::Shared(tasks)) => self.line("iterations", &tasks.to_string()),
            Some(Iterations::PerUser(tasks)) => self.line("iterations_per_user", &tasks.to_string()),
        }
    }

    fn user(&mut self, user: &config::User, tags: &Tags<'_>) {
        self.line("user", &user.weight.unwrap_or(1).to_string());
        self.given("count", user.count);
        self.given("start_after", user.start_after.map(|after| after.0.as_micros()));
        self.think(user.think.as_ref());
        self.headers("user", &user.headers);
        self.auth("user", user.auth.as_ref());
        for (kind, steps) in [("start", &user.start), ("task", &user.task), ("stop", &user.stop)] {
            for step in steps.iter().filter(|step| kind != "task" || tags.play(step)) {
                self.step(kind, step);
            }
        }
    }

    fn step(&mut self, kind: &str, step: &config::Step) {
        self.line(kind, step.name.as_deref().unwrap_or_default());
        self.given("weight", step.weight);
        self.given("if", step.only_if.as_ref());
        self.given("while", step.only_while.as_ref());
        self.given("repeat", step.repeat.map(|repeat| format!("{} {}", repeat.least, repeat.most)));
        self.given("get", step.get.as_ref());
        self.given("post", step.post.as_ref());
        self.given("put", step.put.as_ref());
        self.given("patch", step.patch.as_ref());
        self.given("delete", step.delete.as_ref());
        self.given("head", step.head.as_ref());
        self.given("options", step.options.as_ref());
        self.headers("step", &step.headers);
        self.given("json", step.json.as_ref());
        for (key, value) in step.form.iter().flatten() {
            for value in &value.0 {
                self.line("form", key);
                self.line("value", value);
            }
        }
        self.given("body", step.body.as_ref());
        self.parts(step);
        self.auth("step", step.auth.as_ref());
        self.given("redirects", step.redirects);
        self.think(step.think.as_ref());
        for inner in &step.step {
            self.step("step", inner);
        }
    }

    fn parts(&mut self, step: &config::Step) {
        for (key, values) in &step.query {
            for value in &values.0 {
                self.line("query", key);
                self.line("value", value);
            }
        }
        self.given("body_file", step.body_file.as_ref().map(|file| file.display()));
        for (key, part) in step.multipart.iter().flatten() {
            self.line("part", key);
            self.given("text", part.text.as_ref());
            self.given("file", part.file.as_ref().map(|file| file.display()));
            self.given("type", part.content_type.as_ref());
            self.given("name", part.name.as_ref());
        }
        if let Some(graphql) = &step.graphql {
            self.line("graphql", graphql.query.as_deref().unwrap_or_default());
            self.given("file", graphql.file.as_ref().map(|file| file.display()));
            self.given("variables", graphql.variables.as_ref());
            self.given("operation", graphql.operation.as_ref());
        }
    }

    fn auth(&mut self, of: &str, auth: Option<&Auth>) {
        match auth {
            None => {}
            Some(Auth::None) => self.line(&format!("{of} auth"), "none"),
            Some(Auth::Basic([user, password])) => {
                self.line(&format!("{of} basic"), user);
                self.line("password", password);
            }
            Some(Auth::Bearer(token)) => self.line(&format!("{of} bearer"), token),
        }
    }

    fn headers(&mut self, of: &str, headers: &BTreeMap<String, String>) {
        for (name, value) in headers {
            self.line(&format!("{of} header {name}"), value);
        }
    }

    fn think(&mut self, think: Option<&Think>) {
        let value = match think {
            None => return,
            Some(Think::Constant(pause)) => format!("constant {}", pause.0.as_micros()),
            Some(Think::Between([least, most])) => format!("between {} {}", least.0.as_micros(), most.0.as_micros()),
            Some(Think::Exponential(mean)) => format!("exponential {}", mean.0.as_micros()),
            Some(Think::Pacing(interval)) => format!("pacing {}", interval.0.as_micros()),
        };
        self.line("think", &value);
    }
}

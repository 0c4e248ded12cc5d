//! `loadgate hit URL`: one URL, no file.

use super::error::Error;
use super::exit::Exit;
use super::output::{Output, stdout};
use super::{interrupt, session};
use crate::cli;
use crate::client::Method;
use crate::load::Observed;
use crate::plan::{self, Plan};
use crate::report::{Figures, json, terminal};

pub(super) async fn hit(typed: cli::Hit, output: Output) -> Result<Exit, Error> {
    let plan = Plan::hit(&plan::Hit {
        method: typed.method.parse::<Method>().map_err(|error| Error::Typed(error.to_string()))?,
        url: typed.url.clone(),
        headers: typed.headers,
        body: typed.body,
        users: typed.users,
        rate: typed.rate,
        duration: typed.duration.0,
        warmup: typed.warmup.0,
        requests: typed.requests,
        max_users: typed.max_users,
        timeout: typed.timeout.0,
        connect_timeout: typed.connect_timeout.0,
        redirects: typed.redirects,
        keep_alive: !typed.no_keep_alive,
        insecure: typed.way.insecure,
        http2: typed.way.http2,
        proxy: typed.way.proxy,
        unix_socket: typed.way.unix_socket,
        resolve: typed.way.resolve,
        allow: typed.allow,
        seed: typed.seed.unwrap_or_else(rand::random),
    })?;
    let (stop, keys) = interrupt::listen();
    let watchers = session::watchers(&plan, Some(keys), output);
    let run = session::to_play(plan, typed.workers, Observed::nothing(), stop);
    let recording = session::play(run, watchers, output).await?;
    let summary = recording.summary();
    let mut stdout = stdout();
    if typed.json {
        json::render(&summary, &mut stdout)?;
    } else {
        terminal::hit(&typed.url, &Figures::of(&summary), output.style(false), &mut stdout)?;
    }
    Ok(Exit::of_run(&summary, &recording.facts))
}

//! A target that runs: started, waited for, stopped.
//!
//! In: a [`Command`] and when it is [`Ready`]. Out: a [`Running`] target, or why there is none. Sends it no load.

use std::fs::File;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::rustls::crypto::ring;

use super::output::Output;
use super::process::{Process, Tell};
use super::sampler::Place;
use super::{Command, Error, Ready};

/// Pause between two looks whether the target is ready.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(2);
/// How long the last words of a target that has exited are waited for.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);
/// What a target's first line begins with, if it says where it listens.
const ANNOUNCEMENT: &str = "listening on ";

/// A target that runs and is ready. Killed with all that it started when dropped; better is [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    /// Its base URL, without a slash at the end.
    pub url: String,
    process: Process,
    output: Output,
    drains: JoinSet<()>,
}

/// Starts a target and waits until it is ready.
///
/// # Errors
/// If it can't be started, exits, or isn't ready in time. Then nothing of it is left running.
pub async fn start(command: &Command, ready: &Ready) -> Result<Running, Error> {
    let log =
        command.log.as_ref().map(|path| File::create(path).map_err(|source| Error::Log { path: path.clone(), source }));
    let output = Output::new(log.transpose()?);
    let mut process = Process::spawn(command)?;
    let mut drains = JoinSet::new();
    let (first_line, announced) = oneshot::channel();
    if let Some(pipe) = process.child.stdout.take() {
        drains.spawn(output.clone().drain(pipe, Some(first_line)));
    }
    if let Some(pipe) = process.child.stderr.take() {
        drains.spawn(output.clone().drain(pipe, None));
    }
    let mut running = Running { url: String::new(), process, output, drains };
    let mut starting = Starting { command, ready, running: &mut running, deadline: Instant::now() + ready.within };
    match starting.until_ready(announced).await {
        Ok(url) => Ok(Running { url, ..running }),
        Err(error) => {
            running.stop().await;
            Err(error)
        }
    }
}

impl Running {
    /// Asks it to end, waits a few seconds, and kills what is left.
    pub async fn stop(self) {
        self.process.stop().await;
    }

    /// Makes it stand still, with all that it started: it uses no CPU, and keeps its memory and connections.
    ///
    /// Where the system can't do that it runs on, idle.
    pub fn pause(&mut self) {
        self.process.tell(Tell::Pause);
    }

    /// Lets it go on.
    pub fn resume(&mut self) {
        self.process.tell(Tell::Resume);
    }

    /// How it exited, if it has.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.process.child.try_wait().ok().flatten()
    }

    /// How it ended, where it has: with its last words.
    pub fn obituary(&mut self) -> Option<String> {
        let status = self.exit_status()?;
        Some(format!("it exited ({status}) and last said: {}", self.last_lines()))
    }

    /// Waits until it has ended: how, with its last words.
    pub async fn until_ended(&mut self) -> String {
        let ended = self.process.child.wait().await;
        let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
        self.hear_out().await;
        format!("it exited ({how}) and last said: {}", self.last_lines())
    }

    /// Reads what a target that has exited wrote last: it may still be in the pipes.
    async fn hear_out(&mut self) {
        // A pipe that it left to a process of its own has no end.
        let _ = timeout(LAST_WORDS_WITHIN, async { while self.drains.join_next().await.is_some() {} }).await;
    }

    /// The last lines it wrote, without control characters.
    #[must_use]
    pub fn last_lines(&self) -> String {
        self.output.last_lines()
    }

    /// Where to read what it uses.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::Process(self.process.id)
    }
}

/// A target that is not ready yet.
struct Starting<'s> {
    command: &'s Command,
    ready: &'s Ready,
    running: &'s mut Running,
    deadline: Instant,
}

impl Starting<'_> {
    /// Waits until it is ready; gives the base URL.
    async fn until_ready(&mut self, announced: oneshot::Receiver<String>) -> Result<String, Error> {
        let url = match &self.ready.url {
            Some(url) => url.clone(),
            None => self.announced(announced).await?,
        };
        let url = url.trim_end_matches('/').to_owned();
        let probe = format!("{url}{}", self.ready.path);
        let mut last = "no answer".to_owned();
        let looked = tokio::select! {
            looked = timeout_at(self.deadline, until_answered(&probe, self.ready.status, &mut last)) => looked,
            _ = self.running.process.child.wait() => return Err(self.exited().await),
        };
        looked.map(|()| url).map_err(|_elapsed| Error::NotReady {
            command: self.command.to_string(),
            url: probe,
            status: self.ready.status,
            last,
            within: self.ready.within,
            output: self.running.output.last_lines(),
        })
    }

    /// The URL that the target says in its first line.
    async fn announced(&mut self, announced: oneshot::Receiver<String>) -> Result<String, Error> {
        let line = tokio::select! {
            line = timeout_at(self.deadline, line_or_never(announced)) => line.ok(),
            _ = self.running.process.child.wait() => return Err(self.exited().await),
        };
        let url = line.as_deref().and_then(|line| line.strip_prefix(ANNOUNCEMENT));
        url.map(str::to_owned).ok_or_else(|| Error::NoAddress {
            command: self.command.to_string(),
            within: self.ready.within,
            output: self.running.output.last_lines(),
        })
    }

    /// The error of a target that has exited.
    async fn exited(&mut self) -> Error {
        self.running.hear_out().await;
        match self.running.process.child.wait().await {
            Ok(status) => {
                Error::Exited { command: self.command.to_string(), status, output: self.running.output.last_lines() }
            }
            Err(source) => Error::Spawn { command: self.command.to_string(), source },
        }
    }
}

/// The line; never, where the pipe has ended without one: then the target has mostly exited, which says more.
async fn line_or_never(announced: oneshot::Receiver<String>) -> String {
    match announced.await {
        Ok(line) => line,
        Err(_) => std::future::pending().await,
    }
}

/// Asks until the answer has the right status; `last` tells what came instead.
async fn until_answered(url: &str, status: Option<u16>, last: &mut String) {
    // Loadgate speaks to the target itself, whatever proxies the environment names.
    // It speaks no TLS, but reqwest makes no client without a provider of cryptography.
    let _there_is_one = ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .timeout(LOOK_WITHIN);
    let client = client.build().unwrap_or_default();
    loop {
        match client.get(url).send().await {
            Ok(answer) if status.is_none_or(|status| answer.status().as_u16() == status) => return,
            Ok(answer) => *last = format!("status {}", answer.status().as_u16()),
            Err(error) if error.is_timeout() => "no answer in time".clone_into(last),
            Err(error) if error.is_connect() => "no connection".clone_into(last),
            Err(error) => *last = error.to_string(),
        }
        sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::collections::BTreeMap;
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that answers with these statuses, one after the other, and then the last of them again and again.
    async fn answering(statuses: &'static [u16]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let last = statuses.last().unwrap();
            for status in statuses.iter().chain(std::iter::repeat(last)) {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 1_024]).await.unwrap();
                let head = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(head.as_bytes()).await.unwrap();
            }
        });
        address
    }

    fn shell(script: &str) -> Command {
        Command {
            program: "sh".into(),
            args: vec!["-c".into(), script.into()],
            folder: None,
            env: BTreeMap::new(),
            log: None,
        }
    }

    fn announced(within: Duration) -> Ready {
        Ready { url: None, path: "/health".to_owned(), status: Some(200), within }
    }

    const LONG: Duration = Duration::from_secs(60);

    /// Whether anything of the group still runs; what has ended and waits for init to notice does not.
    fn runs(group: u32) -> bool {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok()).any(|stat| {
            let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
            fields[2] == group.to_string() && fields[0] != "Z"
        })
    }

    async fn until_gone(group: u32) {
        while runs(group) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_redirects_has_answered_and_is_not_followed_anywhere() {
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (url, to) = (format!("http://{}/", listener.local_addr().unwrap()), elsewhere.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1_024]).await.unwrap();
            let head = format!("HTTP/1.1 302 x\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
        });
        let mut last = String::new();
        tokio::select! {
            () = until_answered(&url, Some(302), &mut last) => {}
            _ = elsewhere.accept() => panic!("it was followed"),
        }
    }

    #[tokio::test]
    async fn a_target_that_says_where_it_listens_is_ready_once_it_is_healthy() {
        let address = answering(&[503, 404, 200]).await;
        let script = format!("echo 'listening on http://{address}/'; sleep 1000 & cat");
        let mut running = start(&shell(&script), &announced(LONG)).await.unwrap();
        assert_eq!(running.url, format!("http://{address}"));
        assert_eq!(running.exit_status(), None);
        let group = running.process.id;
        assert!(runs(group));
        running.stop().await;
        until_gone(group).await;
    }

    /// The states of all that is in a group: `S`, `R`, `T` for what stands still.
    fn states(group: u32) -> Vec<String> {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let stats = processes.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
        let fields = stats.map(|stat| stat.rsplit_once(')').unwrap().1.split_whitespace().map(str::to_owned).collect());
        fields.filter(|fields: &Vec<String>| fields[2] == group.to_string()).map(|fields| fields[0].clone()).collect()
    }

    #[tokio::test]
    async fn a_target_stands_still_with_all_it_started_until_it_may_go_on() {
        let address = answering(&[200]).await;
        // Nothing is started after the announcement: a shell that waits for its child's start can't be stopped.
        let script = format!("sleep 1000 & echo 'listening on http://{address}'; exec cat");
        let mut running = start(&shell(&script), &announced(LONG)).await.unwrap();
        let group = running.process.id;
        running.pause();
        while !states(group).iter().all(|state| state == "T") {
            tokio::task::yield_now().await;
        }
        running.resume();
        while states(group).iter().any(|state| state == "T") {
            tokio::task::yield_now().await;
        }
        running.pause();
        running.stop().await;
        until_gone(group).await;
    }

    #[tokio::test]
    async fn a_target_at_a_known_url_need_not_say_anything() {
        let address = answering(&[204]).await;
        let ready = Ready { url: Some(format!("http://{address}")), status: Some(204), ..announced(LONG) };
        let running = start(&shell("sleep 1000"), &ready).await.unwrap();
        running.stop().await;
    }

    #[tokio::test]
    async fn a_target_that_is_dropped_dies_with_all_that_it_started() {
        let address = answering(&[200]).await;
        let script = format!("echo listening on http://{address}; sleep 1000 & sleep 1000");
        let running = start(&shell(&script), &announced(LONG)).await.unwrap();
        let group = running.process.id;
        drop(running);
        until_gone(group).await;
    }

    #[tokio::test]
    async fn a_target_that_will_not_end_is_killed() {
        let address = answering(&[200]).await;
        let script = format!("trap '' TERM; echo listening on http://{address}; while :; do sleep 1000; done");
        let running = start(&shell(&script), &announced(LONG)).await.unwrap();
        let group = running.process.id;
        tokio::time::pause();
        running.stop().await;
        until_gone(group).await;
    }

    #[tokio::test]
    async fn a_target_that_exits_is_an_error_with_its_status_and_last_words() {
        let error = start(&shell("echo no database >&2; exit 3"), &announced(LONG)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("exit status: 3") && text.ends_with("it last said:\nno database"), "{text}");
    }

    #[tokio::test]
    async fn a_target_that_is_never_healthy_is_an_error_with_what_it_answered() {
        let address = answering(&[503]).await;
        let script = format!("echo listening on http://{address}; sleep 1000");
        let error = start(&shell(&script), &announced(Duration::from_millis(500))).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("GET http://{address}/health gave status 503, not 200")), "{text}");
    }

    #[tokio::test]
    async fn a_target_that_says_something_else_is_an_error_with_what_it_said() {
        let error = start(&shell("echo hello; sleep 1000"), &announced(LONG)).await.unwrap_err();
        assert!(matches!(&error, Error::NoAddress { output, .. } if output == "hello"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_does_not_exist_is_an_error_that_names_it() {
        let command = Command { program: "no-such-program".into(), ..shell("") };
        let error = start(&command, &announced(LONG)).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot start `no-such-program"), "{error}");
    }

    #[tokio::test]
    async fn a_target_has_its_environment_and_its_log() {
        let address = answering(&[200]).await;
        let log = tempfile::NamedTempFile::new().unwrap();
        let env = BTreeMap::from([("GREETING".to_owned(), "good day".to_owned())]);
        let script = format!("echo listening on http://{address}; echo $GREETING; sleep 1000");
        let command = Command { env, log: Some(log.path().to_owned()), ..shell(&script) };
        let running = start(&command, &announced(LONG)).await.unwrap();
        while !running.last_lines().contains("good day") {
            tokio::task::yield_now().await;
        }
        running.stop().await;
        let text = std::fs::read_to_string(log.path()).unwrap();
        assert_eq!(text, format!("listening on http://{address}\ngood day\n"));
    }
}

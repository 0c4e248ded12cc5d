//! A generator without what it needs says so, and its figures are not used: files, ports, a core of its own.

use std::process::{Child, Command, Stdio};

use crate::support::{Answer, Project, Server};

/// Whether this machine lets a shell script do something; says what is skipped where it does not.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn can(script: &str, skipped: &str) -> bool {
    let tried = Command::new("sh").args(["-c", script]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let can = tried.is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: {skipped}: this machine does not allow `{script}`");
    }
    can
}

#[test]
fn a_crowd_that_this_process_has_no_files_for_is_refused_before_anything_is_sent() {
    let server = Server::answering(Answer::ok("here"));
    let project = Project::empty();
    let hit = project.loadgate("hit -u 500 -d 1s --workers 1").arg(server.url());
    let refused = hit.in_shell(r#"ulimit -n 100; exec "$0" "$@""#).run().exits(3);
    refused.complains_of(&["500 virtual users", "may open 100 files", "ulimit -Hn", "at most 70 users"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_soft_limit_on_open_files_is_raised_as_far_as_it_goes() {
    let server = Server::answering(Answer::ok("here"));
    let project = Project::empty();
    let hit = project.loadgate("hit -u 100 -n 200").arg(server.url());
    hit.in_shell(r#"ulimit -Sn 50; exec "$0" "$@""#).run().exits(0);
    assert_eq!(server.connections(), 100);
}

#[test]
fn an_open_model_that_runs_out_of_files_is_not_the_target_s_failure() {
    let server = Server::answering(Answer::silence());
    let project = Project::empty();
    let hit = project.loadgate("hit -r 300/s -d 2s --timeout 5s").arg(server.url());
    let run = hit.in_shell(r#"ulimit -n 100; exec "$0" "$@""#).run().exits(3);
    assert!(run.stdout.contains("ran out of open files") && run.stdout.contains("ulimit -n"), "{}", run.transcript());
}

#[test]
fn a_machine_without_free_ports_is_not_the_target_s_failure() {
    let squeezed = "unshare -rn sh -c 'ip link set lo up && echo 40000 40020 > /proc/sys/net/ipv4/ip_local_port_range'";
    if !can(squeezed, "running out of ports") {
        return;
    }
    let project = Project::empty();
    let hit = project.loadgate("hit http://127.0.0.1:8000/health -u 100 -d 2s");
    let run = hit.in_shell(
        r#"exec unshare -rn sh -c '
            ip link set lo up && echo 40000 40020 > /proc/sys/net/ipv4/ip_local_port_range
            mkfifo ready
            "$0" demo --listen 127.0.0.1:8000 > ready &
            read line < ready
            "$0" "$@"; status=$?
            kill $!; exit $status' "$0" "$@""#,
    );
    let run = run.run().exits(3);
    assert!(run.stdout.contains("ran out of ports") && run.stdout.contains("no free port"), "{}", run.transcript());
}

#[test]
fn a_generator_that_others_keep_from_its_core_is_called_the_bottleneck() {
    if !can("taskset -c 0 true", "sharing a core") {
        return;
    }
    // Niced, so that the kernel does not do a waking process the favour of going first.
    let _others: Vec<_> = (0..6).map(|_| Busy::on_the_first_core()).collect();
    let server = Server::answering(Answer::ok("here"));
    let project = Project::empty();
    let open = project.loadgate("hit -r 1000/s -d 3s --workers 1").arg(server.url());
    let run = open.in_shell(r#"exec nice -n 19 taskset -c 0 "$0" "$@""#).run().exits(3);
    assert!(run.stdout.contains("the generator was the bottleneck"), "{}", run.transcript());
}

/// A process that does nothing but use the first core. Dropping it ends it.
struct Busy(Child);

impl Busy {
    fn on_the_first_core() -> Self {
        let endless = ["-c", "0", "sh", "-c", "while :; do :; done"];
        Self(Command::new("taskset").args(endless).spawn().unwrap())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

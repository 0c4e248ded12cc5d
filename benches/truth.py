#!/usr/bin/env python3
"""Compares what `loadgate run` reports with a server that knows the truth (benches/truth/).

    python3 benches/truth.py                          every delay at every rate; writes docs/performance.md
    python3 benches/truth.py --only pauses@1000       one of them, to the screen alone

The server and the generator have one core each. Each request carries its number, so the server's log is joined to
exactly the requests that are in loadgate's figures, and the number tells when the request was due.

Two questions are asked. Is the reported service time that of the server's log, within 1% and 30 us? And is the
reported response time what the schedule of arrivals and the server's pauses make of it, which is computed without
anything that the generator says? hey, wrk, wrk2 and k6 answer the second one too where they are on PATH.
"""

import argparse
import bisect
import json
import math
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- truth:begin -->", "<!-- truth:end -->"
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
# A tenth of all requests meet a pause: p90 lies on that step, where one request more or less moves it by milliseconds.
OFF_THE_STEP = [name for name in QUANTILES if name != "p90"]
DELAYS = {"fixed": "5 ms", "bimodal": "2 ms, 6% 40 ms", "pauses": "1 ms, pauses of 200 ms"}
RATES = [100, 1_000, 5_000, 20_000]
PAUSED_DELAY_US = 1_000
PEER_RATE = 1_000


def main():
    options = parse_options()
    # Thousands of connections wait in a pause.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = options.server or build_server()
    # After the server: cargo builds a bench with the features of the tests, and leaves a loadgate with them behind.
    options.loadgate = options.loadgate or build_loadgate()
    cells = [(delays, rate) for delays in DELAYS for rate in RATES]
    cells = [cell for cell in cells if options.only in (None, cell[0], f"{cell[0]}@{cell[1]}")]
    if not cells:
        sys.exit(f"error: nothing is called {options.only}: write a delay ({', '.join(DELAYS)}) or one like fixed@1000")
    awake = keep_awake(options.generator_core) if options.keep_awake else None
    try:
        runs = {cell: [] for cell in cells}
        for number in range(options.rounds):
            for delays, rate in cells:
                runs[delays, rate].append(measure(server, delays, rate, options))
                say(f"round {number + 1}: {delays} at {rate}/s: {brief(runs[delays, rate][-1])}")
        wanted = any(delays == "pauses" for delays, _ in cells)
        peers = [(name, ask(server, options)) for name, ask in PEERS.items() if wanted and shutil.which(name)]
    finally:
        if awake:
            awake.kill()
            awake.wait()
    result = page(runs, peers, options)
    print(result)
    if options.only is None:
        write_page(result)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loadgate", type=Path, help="the program to examine; without it, cargo builds it")
    parser.add_argument("--server", type=Path, help="benches/truth as a program; without it, cargo builds it")
    parser.add_argument("--only", metavar="DELAYS[@RATE]", help="one delay, or one at one rate; the page is left alone")
    parser.add_argument("--seconds", type=int, default=8, help="the window; whole periods of the pauses are 2 s")
    parser.add_argument("--warmup", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3, help="figures are medians over them")
    parser.add_argument("--server-core", type=int, default=0)
    parser.add_argument("--generator-core", type=int, default=1)
    parser.add_argument("--keep-awake", action="store_true",
                        help="spin on the generator's core at idle priority, so that the core never goes to sleep")
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr)


# --- What cargo builds ---


def build_server():
    return executable("truth", "bench", "--bench", "truth", "--no-run")


def build_loadgate():
    return Path(executable("loadgate", "build", "--release"))


def executable(name, *command):
    built = subprocess.run(["cargo", *command, "--message-format", "json"], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    messages = [json.loads(line) for line in built.stdout.splitlines() if line.startswith(b"{")]
    return next(message["executable"] for message in messages
                if message.get("target", {}).get("name") == name and message.get("executable"))


# --- The server ---


class Server:
    """The server while it runs; afterwards its log, in microseconds since its start."""

    def __init__(self, program, delays, core):
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "log.csv"
        self.process = subprocess.Popen(["taskset", "-c", str(core), program, "server", delays, self.log],
                                        stdout=subprocess.PIPE, text=True)
        self.url = f"http://{self.process.stdout.readline().strip()}"
        self.answers, self.pauses = {}, []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            urllib.request.urlopen(f"{self.url}/done", timeout=10).close()
            self.process.wait(timeout=60)
            self.read_log()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()

    def read_log(self):
        for line in self.log.read_text().splitlines():
            what, begin, end = line.split(",")
            times = (int(begin) / 1e3, int(end) / 1e3)
            if what == "pause":
                self.pauses.append(times)
            else:
                self.answers[int(what)] = times


def keep_awake(core):
    spin = [sys.executable, "-c", "while True: pass"]
    return subprocess.Popen(["chrt", "--idle", "0", "taskset", "-c", str(core), *spin])


# --- One run of loadgate, and the truth of it ---


def measure(program, delays, rate, options):
    total = options.warmup + options.seconds
    with tempfile.TemporaryDirectory() as folder, Server(program, delays, options.server_core) as server:
        config = Path(folder) / "loadgate.toml"
        config.write_text(f"""
[target]
url = "{server.url}"
[data.requests]
file = "requests.csv"
pick = "unique"
[[user]]
name = "client"
[[user.task]]
name = "request"
get = "/{{{{ requests.number }}}}"
[profile.truth]
rate = "{rate}/s"
max_users = {max(100, rate)}
duration = "{total}s"
warmup = "{options.warmup}s"
""")
        numbers = "\n".join(map(str, range(rate * total)))
        (Path(folder) / "requests.csv").write_text(f"number\n{numbers}\n")
        told = subprocess.run(
            ["taskset", "-c", str(options.generator_core), options.loadgate.resolve(), "run", "--quiet", "--json",
             "--workers", "1", "--seed", "1", "--config", config, "--out", Path(folder) / "out"],
            cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
        if told.returncode not in (0, 3):
            sys.exit(f"error: loadgate ended with status {told.returncode}")
    summary = json.loads(told.stdout)
    whole = summary["endpoints"]["(all)"]
    numbers = range(rate * options.warmup, rate * total)
    missing = [number for number in numbers if number not in server.answers]
    if missing or whole["requests"] != len(numbers):
        say(f"{delays} at {rate}/s: {len(numbers)} requests were due, {whole['requests']} are in the figures, "
            f"{len(missing)} are not in the server's log: {', '.join(summary['reasons'])}")
    numbers = [number for number in numbers if number in server.answers]
    answers = [server.answers[number] for number in numbers]
    epoch = min(readable - number * 1e6 / rate for number, (readable, _) in zip(numbers, answers))
    due = [epoch + number * 1e6 / rate for number in numbers]
    return {
        "valid": summary["valid"],
        "reasons": summary["reasons"],
        "lag": summary["generator"]["start_lag_us"]["p50"],
        "service": whole["service_us"],
        "service_truth": quantiles([answered - readable for readable, answered in answers]),
        "response": whole["response_us"],
        "response_logged": quantiles([answered - due for due, (_, answered) in zip(due, answers)]),
        "response_truth": quantiles(queue(due, answers, server.pauses)) if delays == "pauses" else None,
    }


def quantiles(values):
    """By loadgate's rule: the lowest value that a share of the values does not exceed."""
    values = sorted(values)
    found = {name: values[max(math.ceil(level * len(values)), 1) - 1] for name, level in QUANTILES.items()}
    return {**found, "max": values[-1]}


def queue(due, answers, pauses):
    """Response times by the schedule and the pauses alone, from what the server needs to answer those who waited.

    A request that is due in a pause is read at its end; an answer that is due in one leaves at its end. They leave one
    behind the other: what one of them takes is how long the server's log says those of a pause took, by their number.
    """
    begins = [begin for begin, _ in pauses]

    def after_pause(moment):
        at = bisect.bisect_right(begins, moment) - 1
        return pauses[at][1] if at >= 0 and moment < pauses[at][1] else moment

    costs = []
    for begin, end in pauses:
        waited = [answered for readable, answered in answers if begin <= readable < end]
        if waited:
            costs.append(max(max(waited) - end - PAUSED_DELAY_US, 0) / len(waited))
    cost = statistics.median(costs) if costs else 0
    free, response = 0, []
    for moment in due:
        leaves = after_pause(after_pause(moment) + PAUSED_DELAY_US)
        free = max(leaves, free + cost)
        response.append(free - moment)
    return response


def brief(run):
    told = [f"{name} {run['service_truth'][name]:.0f} {run['service'][name] - run['service_truth'][name]:+.0f}"
            for name in QUANTILES]
    return f"service {', '.join(told)} us; start lag {run['lag']} us" + ("" if run["valid"] else "; NOT VALID")


# --- What others report of the pauses ---


def generate(command, options):
    told = subprocess.run(["taskset", "-c", str(options.generator_core), *command], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, check=False)
    if told.returncode != 0:
        sys.exit(f"error: {command[0]} ended with status {told.returncode}: {told.stderr[-500:]}")
    return told.stdout


def hey(program, options):
    with Server(program, "pauses", options.server_core) as server:
        pace = ["-c", "50", "-q", str(PEER_RATE // 50), "-z", f"{options.seconds}s"]
        told = generate(["hey", *pace, server.url], options)
    found = re.findall(r"^\s*(\d+)%+ in ([\d.]+) secs", told, re.MULTILINE)
    slowest = re.search(r"Slowest:\s+([\d.]+) secs", told).group(1)
    return {f"p{level}": float(seconds) * 1e6 for level, seconds in found} | {"max": float(slowest) * 1e6}


def wrk(program, options):
    with Server(program, "pauses", options.server_core) as server:
        told = generate(["wrk", "-t1", "-c64", f"-d{options.seconds}s", "--latency", server.url], options)
    return read_percentiles(told, {"50": "p50", "99": "p99"}) | {"max": us(told.split("Latency ")[1].split()[2])}


def wrk2(program, options):
    # It measures nothing in its first 10 seconds.
    seconds = 10 + options.seconds
    with Server(program, "pauses", options.server_core) as server:
        told = generate(["wrk2", "-t1", "-c256", f"-R{PEER_RATE}", f"-d{seconds}s", "--latency", server.url], options)
    names = {"50.000": "p50", "99.000": "p99", "99.900": "p999", "100.000": "max"}
    return read_percentiles(told, names)


def k6(program, options):
    with tempfile.TemporaryDirectory() as folder, Server(program, "pauses", options.server_core) as server:
        script, export = Path(folder) / "script.js", Path(folder) / "summary.json"
        scenario = {"executor": "constant-arrival-rate", "rate": PEER_RATE, "timeUnit": "1s",
                    "duration": f"{options.seconds}s", "preAllocatedVUs": 400}
        trend = ["p(50)", "p(95)", "p(99)", "p(99.9)", "max"]
        settings = {"scenarios": {"truth": scenario}, "summaryTrendStats": trend}
        script.write_text(f'import http from "k6/http";\nexport const options = {json.dumps(settings)};\n'
                          f'export default () => {{ http.get("{server.url}/"); }};\n')
        generate(["k6", "run", "--quiet", "--no-usage-report", "--summary-export", str(export), str(script)], options)
        told = json.loads(export.read_text())["metrics"]["http_req_duration"]
    return {name: told[stat] * 1e3 for name, stat in zip([*OFF_THE_STEP, "max"], trend)}


PEERS = {"hey": hey, "wrk": wrk, "wrk2": wrk2, "k6": k6}
ABOUT_PEERS = {
    "hey": f"hey: {PEER_RATE:,}/s at most from 50 connections, uncorrected",
    "wrk": "wrk: as fast as 64 connections can, corrected by their mean interval",
    "wrk2": f"wrk2: {PEER_RATE:,}/s over 256 connections, corrected by its schedule",
    "k6": f"k6: constant arrival rate of {PEER_RATE:,}/s, `http_req_duration`",
}


def read_percentiles(told, names):
    found = re.findall(r"^\s*([\d.]+)%\s+([\d.]+(?:us|ms|s|m))\s*$", told, re.MULTILINE)
    return {names[level]: us(latency) for level, latency in found if level in names}


def us(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1, "ms": 1e3, "s": 1e6, "m": 6e7}[unit]


# --- The page ---


def middle(runs, what, name):
    return statistics.median(run[what][name] for run in runs)


def ms(latency_us):
    return f"{latency_us / 1e3:.3g}" if latency_us < 1e5 else f"{latency_us / 1e3:.0f}"


def against(runs, reported, truth, names):
    """For each quantile the truth in ms and by how many us the report is off, bold beyond 1% and 30 us."""
    cells, within = [], True
    for name in names:
        true = middle(runs, truth, name)
        off = statistics.median(run[reported][name] - run[truth][name] for run in runs)
        is_within = abs(off) <= 0.01 * true + 30
        within &= is_within
        cells.append(f"{ms(true)} {off:+.0f}" if is_within else f"{ms(true)} **{off:+.0f}**")
    return cells, within


ABOUT_RESPONSE = [
    "Response time under the pauses: the truth in ms, and by how many µs the report is off. First the truth by the",
    "schedule and the pauses alone, then by when the server's log says each answer was written. Start lag is what",
    "loadgate itself said it was late by, in µs (median): it is in its response times.",
]


def page(runs, peers, options):
    text = [about(options), "", "Service time: the server's log in ms, and by how many µs the report is off.", ""]
    text += ["| delay | requests/s | p50 | p90 | p95 | p99 | p99.9 | within 1% + 30 µs |", f"|---|{'--:|' * 6}---|"]
    for (delays, rate), of in runs.items():
        cells, within = against(of, "service", "service_truth", QUANTILES)
        text.append(f"| {DELAYS[delays]} | {rate:,} | {' | '.join(cells)} | {'yes' if within else 'no'} |")
    paused = {rate: of for (delays, rate), of in runs.items() if delays == "pauses"}
    if paused:
        text += ["", *ABOUT_RESPONSE, ""]
        text += ["| truth | requests/s | p50 | p95 | p99 | p99.9 | start lag | within 1% + 30 µs |"]
        text += [f"|---|{'--:|' * 6}---|"]
        for truth, what in [("response_truth", "schedule"), ("response_logged", "log")]:
            for rate, of in paused.items():
                cells, within = against(of, "response", truth, OFF_THE_STEP)
                lag = statistics.median(run["lag"] for run in of)
                text.append(f"| {what} | {rate:,} | {' | '.join(cells)} | {lag:.0f} | {'yes' if within else 'no'} |")
    if PEER_RATE in paused:
        text += ["", *beside(paused[PEER_RATE], peers)]
    invalid = sorted({reason for of in runs.values() for run in of if not run["valid"] for reason in run["reasons"]})
    if invalid:
        text += ["", f"Runs that loadgate itself called invalid: {'; '.join(invalid)}."]
    return "\n".join(text)


def beside(runs, peers):
    shown = [*OFF_THE_STEP, "max"]
    rows = [("the truth", {name: middle(runs, "response_truth", name) for name in shown}),
            (f"loadgate: {PEER_RATE:,}/s", {name: middle(runs, "response", name) for name in shown})]
    rows += [(ABOUT_PEERS[name], told) for name, told in peers]
    text = ["What others report of the same pauses, in ms:", ""]
    text += ["| | p50 | p95 | p99 | p99.9 | max |", f"|---|{'--:|' * 5}"]
    for name, told in rows:
        text.append(f"| {name} | {' | '.join(ms(told[at]) if at in told else '–' for at in shown)} |")
    skipped = [name for name in PEERS if name not in dict(peers)]
    return text + (["", f"Not installed, so not measured: {', '.join(skipped)}."] if skipped else [])


def about(options):
    model = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    awake = ", kept awake" if options.keep_awake else ""
    rounds = f"{options.rounds} round{'s' if options.rounds > 1 else ''}"
    return (f"{rounds} of {options.seconds} s, server on core {options.server_core}, generator on core "
            f"{options.generator_core}{awake} of {model.group(1) if model else 'an unnamed CPU'}; "
            f"{platform.system()} {platform.release()}, {time.strftime('%F', time.gmtime())}.")


def write_page(result):
    text = PAGE.read_text()
    if BEGIN not in text or END not in text:
        sys.exit(f"error: {PAGE} has no markers {BEGIN} and {END}")
    head, rest = text.split(BEGIN, 1)
    PAGE.write_text(f"{head}{BEGIN}\n{result}\n{END}{rest.split(END, 1)[1]}")
    say(f"written to {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

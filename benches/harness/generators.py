"""The load generators: how each is asked for a load, and what its answer means.

In: a `Load`. Out: a command line, and from what it printed a `Reading`. Starts nothing.
"""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

BENCHES = Path(__file__).parent.parent
MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000}


@dataclass(frozen=True)
class Load:
    """A plain GET, again and again."""

    url: str
    connections: int
    seconds: int

    @property
    def port(self):
        return re.search(r":(\d+)/", self.url)[1]


@dataclass(frozen=True)
class Reading:
    """What a generator says of its load; `None` is what it does not say. Latencies are in microseconds."""

    requests: int
    rps: float
    p50: float | None = None
    p99: float | None = None
    # Bytes of answers, heads included.
    received: int | None = None


@dataclass(frozen=True)
class Generator:
    """A load generator that is installed here."""

    name: str
    program: str
    arguments: Callable[[Load], list]
    read: Callable[[str], Reading]
    environment: dict = field(default_factory=dict)
    # Exit statuses that come with figures.
    accepted: tuple = (0,)
    # Its version, as it prints it: arguments.
    version: tuple = ("--version",)

    def command(self, load):
        return [self.program, *map(str, self.arguments(load))]


def floor_arguments(load):
    return [load.port, load.connections, load.seconds]


def floor_reading(text):
    said = json.loads(text)
    return Reading(said["requests"], said["rps"])


def loadgate_arguments(load):
    users = ["--users", load.connections, "--duration", f"{load.seconds}s", "--workers", 1]
    trust = ["--insecure"] if load.url.startswith("https") else []
    return ["hit", load.url, *users, *trust, "--timeout", "60s", "--connect-timeout", "30s", "--json"]


def loadgate_reading(text):
    """The summary that `hit --json` and `run --json` print."""
    figures = json.loads(text)["endpoints"]["(all)"]
    if figures["error_rate"] > 0.001:
        raise ValueError(f"failed requests: {figures['errors']}")
    response = figures["response_us"]
    return Reading(figures["requests"], figures["rps"], response["p50"], response["p99"], figures["bytes_received"])


def wrk_arguments(load):
    return ["-t", 1, "-c", load.connections, "-d", f"{load.seconds}s", "--timeout", "60s", "--latency", load.url]


def wrk_reading(text):
    quantiles = dict(re.findall(r"^\s+(50|99)%\s+(\S+)", text, re.MULTILINE))
    requests = number(r"(\d+) requests in", text)
    return Reading(int(requests), number(r"Requests/sec:\s+(\S+)", text), span(quantiles["50"]), span(quantiles["99"]))


def hey_arguments(load):
    return ["-c", load.connections, "-z", f"{load.seconds}s", load.url]


def hey_reading(text):
    quantiles = {name: float(value) * 1e6 for name, value in re.findall(r"(50|99)%\S* in ([\d.]+) secs", text)}
    requests = sum(map(int, re.findall(r"\[\d+\]\s+(\d+) responses", text)))
    return Reading(requests, number(r"Requests/sec:\s+(\S+)", text), quantiles.get("50"), quantiles.get("99"))


def oha_arguments(load):
    form = ["--no-tui", "--output-format", "json", "--insecure"]
    return [*form, "-c", load.connections, "-z", f"{load.seconds}s", load.url]


def oha_reading(text):
    said = json.loads(text)
    quantiles = said["latencyPercentiles"]
    requests = sum(said["statusCodeDistribution"].values())
    return Reading(requests, said["summary"]["requestsPerSec"], quantiles["p50"] * 1e6, quantiles["p99"] * 1e6)


def ab_arguments(load):
    return ["-q", "-k", "-c", load.connections, "-t", load.seconds, "-n", max(5_000_000, load.connections), load.url]


def ab_reading(text):
    quantiles = {name: float(value) * 1e3 for name, value in re.findall(r"^\s+(50|99)%\s+(\d+)", text, re.MULTILINE)}
    requests = number(r"Complete requests:\s+(\d+)", text)
    return Reading(int(requests), number(r"Requests per second:\s+(\S+)", text), quantiles["50"], quantiles["99"])


def h2load_arguments(load):
    return ["--h1", "-t", 1, "-c", load.connections, "-D", load.seconds, load.url]


def h2load_reading(text):
    return Reading(int(number(r"requests: (\d+) total", text)), number(r"finished in \S+ (\S+) req/s", text))


def locust_arguments(load):
    where = ["--locustfile", BENCHES / "locustfile.py", "--host", load.url.rstrip("/"), "--headless", "--json"]
    users = ["--users", load.connections, "--spawn-rate", min(load.connections, 1000)]
    return [*where, *users, "--run-time", f"{load.seconds}s", "--loglevel", "ERROR"]


def locust_reading(text):
    """Locust's JSON, which counts answers by whole milliseconds."""
    said = json.loads(text[text.index("[") :])[0]
    counts = sorted((float(latency) * 1e3, count) for latency, count in said["response_times"].items())
    seconds = said["last_request_timestamp"] - said["start_time"]
    p50, p99 = (quantile(counts, share) for share in (0.5, 0.99))
    return Reading(said["num_requests"], said["num_requests"] / seconds, p50, p99)


def k6_arguments(load):
    load_flags = ["--vus", load.connections, "--duration", f"{load.seconds}s", "--env", f"URL={load.url}"]
    return ["run", "--quiet", *load_flags, BENCHES / "k6.js"]


def k6_reading(text):
    metrics = json.loads(text)["metrics"]
    latency, requests = metrics["http_req_duration"]["values"], metrics["http_reqs"]["values"]
    return Reading(int(requests["count"]), requests["rate"], latency["med"] * 1e3, latency["p(99)"] * 1e3)


def quantile(counts, share):
    """The value that `share` of (value, count) pairs, in order, do not exceed."""
    left = share * sum(count for _, count in counts)
    for value, count in counts:
        left -= count
        if left <= 0:
            return value
    return None


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise ValueError(f"nothing like {pattern!r} in what it printed: {text[:200]!r}")
    return float(found[1])


def span(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * MICROSECONDS[unit]


def installed(loadgate, floor):
    """The generators that are here, by name, and the names of those that are not."""
    one_core = {"GOMAXPROCS": "1"}
    everyone = [
        Generator("floor", floor, floor_arguments, floor_reading, version=()),
        # Status 3: the generator was the bottleneck. That is what is asked of it here.
        Generator("loadgate", loadgate, loadgate_arguments, loadgate_reading, accepted=(0, 3)),
        Generator("wrk", "wrk", wrk_arguments, wrk_reading, version=("-v",)),
        Generator("hey", "hey", hey_arguments, hey_reading, one_core, version=()),
        Generator("oha", "oha", oha_arguments, oha_reading),
        Generator("ab", "ab", ab_arguments, ab_reading, version=("-V",)),
        Generator("h2load", "h2load", h2load_arguments, h2load_reading),
        Generator("locust", "locust", locust_arguments, locust_reading, accepted=(0, 1)),
        Generator("k6", "k6", k6_arguments, k6_reading, one_core, version=("version",)),
    ]
    here = {one.name: one for one in everyone if one.program and shutil.which(one.program)}
    return here, [one.name for one in everyone if one.name not in here]

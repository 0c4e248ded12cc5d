"""What many users cost: CPU time a request as connections grow, and memory of users who wait.

In: loadgate, the floor, wrk and whoever can hold as many connections. Out: two tables. Open models are in `memory`.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

from .. import page
from ..generators import Load
from ..rounds import cpu, peak, rps
from ..target import nginx

COUNTS = [1, 100, 1_000, 10_000]
BASE = 100
LONGER = 3
COMPARED = ["floor", "loadgate", "wrk"]
HOLDING = ["wrk", "hey", "oha", "locust"]
WAITING = 10_000
THINK_S = 10


def measure(bench):
    busy = busy_part(bench, bench.seconds(5))
    waiting = waiting_part(bench, max(bench.seconds(25), THINK_S + 5))
    return page.Part(f"{busy.text}\n\n{waiting.text}", busy.bounds + waiting.bounds)


def busy_part(bench, seconds):
    """CPU time a request, by connections: between the ends of a short and a long turn, to leave setting up out."""
    names = [name for name in COMPARED if name in bench.generators]
    lengths = {"short": seconds, "long": seconds * LONGER}
    with nginx(bench.target_core) as target:
        contenders = [
            bench.contender(name, Load(target.url(), count, length), f"{label(name, count)} {which}", name != "wrk")
            for count in COUNTS
            for name in names
            for which, length in lengths.items()
        ]
        results = bench.alternate(contenders)
    for one in (label(name, count) for name in names for count in COUNTS):
        results.between(one, f"{one} short", f"{one} long")
    columns = ["users", *(f"{name}, µs" for name in names), *(f"{name}, × {BASE} users" for name in names)]
    columns += [f"loadgate × {name}" for name in names if name != "loadgate"]
    text = [
        "Closed model, plain GET, no think time: CPU time a request by users, each with a connection. The kernel's own "
        f"cost grows with connections as well, which the other generators show. A turn of {seconds} s is taken from "
        f"one of {seconds * LONGER} s, in requests and in CPU time, so that starting and connecting are in no figure.",
        page.table(columns, [busy_row(results, names, count) for count in COUNTS]),
        bench.left_out(names, results.failures),
        bench.where(COMPARED, seconds),
    ]
    return page.Part("\n\n".join(filter(None, text)), growth_bounds(results, names))


def busy_row(results, names, count):
    others = [name for name in names if name != "loadgate"]
    return [
        f"{count:,}",
        *(page.cost(results.middle(label(name, count), cpu)) for name in names),
        *(page.ratio(results.ratio(label(name, count), label(name, BASE), cpu)) for name in names),
        *(page.ratio(results.ratio(label("loadgate", count), label(name, count), cpu)) for name in others),
    ]


def growth_bounds(results, names):
    """From 100 users to the most: how much more a request costs, and how much of that is loadgate's own."""

    def growth(name):
        return results.ratio(label(name, COUNTS[-1]), label(name, BASE), cpu)

    span = f"from {BASE} to {COUNTS[-1]:,} users"
    bounds = [page.Bound(f"CPU time a request {span}", growth("loadgate"), 1.15)]
    if "floor" in names:
        own = growth("loadgate") / growth("floor")
        bounds.append(page.Bound(f"the same {span} against what the floor grows", own, 1.15))
    return bounds


def label(name, count):
    return f"{name} {count}"


def waiting_part(bench, seconds):
    """Peak memory with 10,000 users, most of whom wait."""
    with tempfile.TemporaryDirectory() as folder, nginx(bench.target_core) as target:
        config = description(Path(folder), seconds)
        load = Load(target.url(), WAITING, seconds)
        contenders = [bench.loadgate_run("loadgate", config, target.url(), Path(folder) / "out", seconds)]
        contenders += [holding(bench, name, load) for name in HOLDING if name in bench.generators]
        once = replace(bench, rounds=1)
        results = once.alternate(contenders)
    rows = [
        [name, page.count(results.middle(name, rps)), page.size(results.middle(name, peak))] for name in results.names()
    ]
    text = [
        f"{WAITING:,} connected users, each of whom waits {THINK_S} s between requests; wrk, hey and oha know no think "
        f"time: wrk and hey ask without pause, oha {WAITING // THINK_S:,} times a second.",
        page.table(["generator", "requests/s", "peak memory"], rows),
        once.left_out(HOLDING, results.failures),
        once.where(["loadgate", *HOLDING], seconds),
    ]
    held = results.middle("loadgate", peak) / 2**20
    bound = page.Bound(f"peak memory with {WAITING:,} waiting users", held, 100, " MiB")
    return page.Part("\n\n".join(filter(None, text)), [bound])


def holding(bench, name, load):
    """A peer that holds the connections; whoever can't is left out."""
    one = bench.contender(name, load, needed=False)
    if name == "oha":
        return replace(one, command=[one.command[0], "-q", str(WAITING // THINK_S), *one.command[1:]])
    return replace(one, environment={**one.environment, "THINK": str(THINK_S)})


def description(folder, seconds):
    """Users who come over one think time, so that their requests are spread over it."""
    path = folder / "users.toml"
    path.write_text(
        f"""[target]
url = "http://127.0.0.1"
[http]
timeout = "60s"
connect_timeout = "30s"
[[user]]
think = {{ constant = "{THINK_S}s" }}
[[user.task]]
get = "/"
[profile.load]
users = {WAITING}
ramp = "{THINK_S}s"
duration = "{seconds}s"
"""
    )
    return path

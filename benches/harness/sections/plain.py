"""A plain GET on 64 connections: loadgate beside its peers and the floor.

In: every generator that is here. Out: their table. Also the quick check that loadgate and wrk tell one story.
"""

from .. import page
from ..generators import Load
from ..rounds import p50, rps
from ..target import PLAIN_BYTES, nginx
from . import peers

NAMES = ["floor", "loadgate", "wrk", "hey", "oha", "ab", "h2load", "locust", "k6"]
CONNECTIONS = 64


def measure(bench):
    seconds = bench.seconds(5)
    with nginx(bench.target_core) as target:
        results = bench.alternate(bench.contenders(NAMES, Load(target.url(), CONNECTIONS, seconds)))
    text = [
        f"GET of a file of {PLAIN_BYTES} bytes on {CONNECTIONS} keep-alive connections, one worker. ab and locust tell "
        "latencies in whole milliseconds, h2load tells none; the CPU time of locust holds its start, which is long.",
        peers.table(results, ["floor", "wrk"]),
        bench.left_out(NAMES, results.failures),
        bench.where(NAMES, seconds),
    ]
    bounds = peers.bounds(results, "loadgate", {"floor": 1.10, "wrk": 1.05})
    return page.Part("\n\n".join(filter(None, text)), bounds)


def agreement(bench):
    """Do loadgate and wrk tell the same story, at about the same cost? Bounds that a busy machine keeps."""
    seconds = bench.seconds(2)
    with nginx(bench.target_core) as target:
        results = bench.alternate(bench.contenders(["loadgate", "wrk"], Load(target.url(), CONNECTIONS, seconds)))
    bounds = peers.bounds(results, "loadgate", {"wrk": 1.5})
    # p99 is shown only: on a busy machine it belongs to the neighbours.
    for says, figure in (("requests/s", rps), ("p50", p50)):
        ratio = results.ratio("loadgate", "wrk", figure)
        bounds.append(page.Bound(f"{says} of loadgate against wrk, whichever is larger", max(ratio, 1 / ratio), 2))
    return page.Part(peers.table(results, ["wrk"]), bounds)

"""From the start of the process to its first request.

In: a listener of its own, that sees the first byte come. Out: medians over twenty starts, in turns. Measures no load.
"""

import socket
import time
from dataclasses import replace
from statistics import median

from .. import child, page
from ..generators import Load
from ..rounds import say

NAMES = ["loadgate", "wrk", "hey", "oha", "ab", "h2load", "locust", "k6"]
STARTS = 20
BOUND_MS = 20


def measure(bench):
    names = [name for name in NAMES if name in bench.generators]
    taken = {name: [] for name in names}
    failures = {}
    for number in range(STARTS):
        for name in [name for name in names if name not in failures]:
            try:
                taken[name].append(start(bench, name))
            except OSError as error:
                say(f"{name} sent nothing: {error}")
                failures[name] = str(error)
        say(f"start {number + 1} of {STARTS}")
    middle = {name: median(times) for name, times in taken.items() if name not in failures}
    text = [
        "From the start of the process to the first byte of its first request, as a listener on 127.0.0.1 sees it.",
        page.table(["generator", "start to first request"], [[name, f"{ms:.1f} ms"] for name, ms in middle.items()]),
        bench.left_out(NAMES, failures),
        replace(bench, rounds=STARTS).where(NAMES, 1).replace(f"{STARTS} rounds of 1 s", f"Medians of {STARTS} starts"),
    ]
    bound = page.Bound("start of `hit` to its first request", middle["loadgate"], BOUND_MS, " ms")
    return page.Part("\n\n".join(filter(None, text)), [bound])


def start(bench, name):
    """Milliseconds from the start of a generator to its first byte."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        load = Load(f"http://127.0.0.1:{listener.getsockname()[1]}/", 1, 1)
        contender = bench.contender(name, load)
        begun = time.perf_counter()
        with child.started(contender.command, bench.generator_core, contender.environment):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(30)
                connection.recv(1)
                return (time.perf_counter() - begun) * 1e3

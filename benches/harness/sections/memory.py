"""Whether memory stays flat in a long run: many endpoints, an open model, resident memory once a second.

In: loadgate alone. Out: memory after a minute and the most afterwards. Takes ten minutes, so it runs only where named.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from .. import child, page
from ..rounds import say
from ..target import nginx

ENDPOINTS = 500
RATE = 20_000
SECONDS = 600
SETTLED_S = 60
MOST_GROWTH = 5


def measure(bench):
    seconds = bench.seconds(SECONDS)
    settled = min(SETTLED_S, seconds // 2)
    with tempfile.TemporaryDirectory() as folder, nginx(bench.target_core) as target:
        folder = Path(folder)
        config = description(folder, seconds)
        contender = bench.loadgate_run("loadgate", config, target.url(), folder / "out", seconds)
        samples = sampled(contender.command, bench.generator_core, seconds)
    at_first, later = samples[settled], max(samples[settled:])
    growth = (later / at_first - 1) * 100
    columns = ["endpoints", "rate", "length", f"memory after {settled} s", "most afterwards", "growth"]
    row = [f"{ENDPOINTS}", f"{RATE:,}/s", f"{seconds} s", page.size(at_first), page.size(later), f"{growth:+.1f}%"]
    text = [
        "Open model, resident memory read once a second until the run ends; writing the reports is not in it.",
        page.table(columns, [row]),
        replace(bench, rounds=1).where(["loadgate"], seconds).replace("1 rounds", "One run"),
    ]
    bound = page.Bound(f"growth of memory after {settled} s", growth, MOST_GROWTH, "%")
    return page.Part("\n\n".join(text), [bound])


def sampled(command, core, seconds):
    """Resident memory at each second of the run."""
    samples = []
    with child.started(command, core) as process:
        begun = time.monotonic()
        for second in range(seconds):
            time.sleep(max(0.0, begun + second - time.monotonic()))
            samples.append(child.memory(process.pid, "VmRSS"))
            if second and process.poll() is not None:
                raise child.Failed(f"loadgate ended after {second} s of {seconds}, with status {process.returncode}")
            if second % 30 == 0:
                say(f"memory: {second} s, {samples[-1] / 2**20:.1f} MiB")
    return samples


def description(folder, seconds):
    """A task for each endpoint."""
    tasks = "".join(f'[[user.task]]\nname = "endpoint_{index}"\nget = "/?{index}"\n' for index in range(ENDPOINTS))
    path = folder / "memory.toml"
    path.write_text(
        f"""[target]
url = "http://127.0.0.1"
[[user]]
{tasks}
[profile.load]
rate = "{RATE}/s"
max_users = 2000
duration = "{seconds}s"
"""
    )
    return path

#!/usr/bin/env python3
"""Searches for a ceiling that is known: that of the demo API with a small pool of connections.

A task of loadgate.toml's users holds a connection of the pool for its service time. With `--demo-fault '*:pool=N'` the
demo bears N / (mean service time of a task) tasks a second, and not one more: nothing else in it queues. Nine searches
of ten have to come within a tenth of that. Load goes to the demo on this machine.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
POOL = 10

# Median service times in seconds (src/demo/route.rs), and the spread of their logarithm (src/demo/behaviour.rs).
MEDIAN_S = {"products": 0.080, "product": 0.030, "cart": 0.030, "orders": 0.044}
SIGMA = 0.2

# The tasks of loadgate.toml: their weights, and the routes each asks for.
TASKS = [(3, ["products"]), (5, ["product"]), (1, ["cart", "orders"]), (1, ["product"])]


def truth():
    """Tasks a second that the pool bears; the mean of a log-normal time is its median times exp(sigma² / 2)."""
    weights = sum(weight for weight, _ in TASKS)
    median = sum(weight * sum(MEDIAN_S[route] for route in routes) for weight, routes in TASKS) / weights
    return POOL / (median * math.exp(SIGMA**2 / 2))


def search(seed, hold, out):
    """One search; None where the generator was not fit, which says nothing of the answer."""
    command = [HOME / "target/release/loadgate", "ceiling", "--quiet", "--json"]
    command += ["--profile", "ceiling", "--from", "40/s", "--hold", hold, "--seed", str(seed)]
    command += ["--demo-fault", f"*:pool={POOL}", "--out", out]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        sys.exit(f"exit {done.returncode}: {done.stderr}")
    found = json.loads(done.stdout)
    return found if done.returncode == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="searches (default 10)")
    parser.add_argument("--hold", default="10s", help="how long each rate is held (default 10s)")
    parser.add_argument("--near", type=float, default=0.1, help="what counts as near, as a share (default 0.1)")
    typed = parser.parse_args()
    known = truth()
    print(f"a pool of {POOL} bears {known:.1f} tasks/s")
    near = fit = 0
    with tempfile.TemporaryDirectory() as out:
        for seed in range(1, typed.runs + 1):
            found = search(seed, typed.hold, out)
            if found is None:
                print(f"  search {seed:2}: the generator was not fit")
                continue
            off = found["capacity"] / known - 1
            fit += 1
            near += abs(off) <= typed.near
            print(f"  search {seed:2}: {found['capacity']:6.1f}/s  {off:+6.1%}  {len(found['curve'])} holds")
    if fit == 0:
        print("skipped: this machine had no time for the generator")
        return
    print(f"{near} of {fit} within {typed.near:.0%}")
    if near < math.floor(0.9 * fit):
        sys.exit("the ceiling that was found is not the one that is there")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compares loadgate with other load generators, with the floor and with itself, on nginx.

In: loadgate, nginx, and whichever generators are installed. Out: the tables of docs/performance.md, each between its
markers, and exit status 1 if a bound does not hold. Loads 127.0.0.1 alone.

nginx has one core and the generators another. They take turns, round after round, so that a change of the machine's
mood meets all of them. Each ratio is the median of the ratios within a round; other figures are medians over the
rounds. CPU time is that of the generator's whole process, user and system.

On Debian: apt-get install nginx wrk hey apache2-utils nghttp2-client openssl; cargo install oha; pip install locust.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import generators, page
from harness.bench import Bench
from harness.child import Failed
from harness.rounds import say
from harness.sections import SECTIONS, USUAL, plain

ROOT = Path(__file__).resolve().parent.parent


def typed():
    described = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    described.add_argument("loadgate", nargs="?", type=Path, help="the binary [default: cargo builds it]")
    usual = f"a section; repeatable [default: {', '.join(USUAL)}]"
    described.add_argument("--only", action="append", choices=SECTIONS, help=usual)
    described.add_argument("--rounds", type=int, help="rounds of a section [default: 5]")
    described.add_argument("--seconds", type=int, help="length of a measurement [default: by section]")
    described.add_argument("--target-core", type=int, help="nginx's core [default: the first]")
    described.add_argument("--generator-core", type=int, help="the generators' core [default: the last]")
    described.add_argument("--quick", action="store_true", help="only a rough check against wrk; leaves the docs alone")
    described.add_argument("--no-docs", action="store_true", help="leave docs/performance.md as it is")
    return described.parse_args()


def built(arguments):
    """The output of a cargo build, as messages."""
    command = ["cargo", *arguments, "--locked", "--message-format", "json-render-diagnostics"]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        raise Failed(f"`{' '.join(command)}` failed")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def executable(messages, name):
    found = [one["executable"] for one in messages if one.get("executable") and one["target"]["name"] == name]
    if not found:
        raise Failed(f"cargo built no {name}")
    return Path(found[-1])


def programs(options, folder):
    """Copies of loadgate and the floor.

    Copies, and the floor first: its build leaves a loadgate in target/release whose libraries have features of the
    tests, and that one is not to be measured.
    """
    loadgate = options.loadgate and shutil.copy(options.loadgate, folder / "loadgate")
    if options.quick:
        floor = None
    else:
        say("building the floor")
        floor = shutil.copy(executable(built(["bench", "--no-run", "--bench", "floor"]), "floor"), folder / "floor")
    if not loadgate:
        say("building loadgate")
        loadgate = shutil.copy(executable(built(["build", "--release"]), "loadgate"), folder / "loadgate")
    return str(loadgate), floor and str(floor)


def surroundings(options, folder):
    """The bench, or the reason why there can be none."""
    missing = [name for name in ("nginx", "openssl", "wrk") if not shutil.which(name)]
    if missing:
        raise Failed(f"not installed: {', '.join(missing)} (on Debian: apt-get install nginx openssl wrk)")
    cores = sorted(os.sched_getaffinity(0))
    target = cores[0] if options.target_core is None else options.target_core
    generator = cores[-1] if options.generator_core is None else options.generator_core
    if target == generator or not {target, generator} <= set(cores):
        raise Failed("nginx and the generators need a core each, and there are none such")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    here, absent = generators.installed(*programs(options, folder))
    if absent and not options.quick:
        say(f"skipped, not installed: {', '.join(absent)}")
    rounds = options.rounds or (3 if options.quick else 5)
    return Bench(here, absent, target, generator, rounds, options.seconds)


def sections(options):
    """Names, and what measures them."""
    if options.quick:
        return {"agreement": plain.agreement}
    return {name: SECTIONS[name].measure for name in options.only or USUAL}


def main():
    options = typed()
    all_hold = True
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = surroundings(options, Path(folder))
            for name, measure in sections(options).items():
                say(f"== {name}")
                part = measure(bench)
                body = "\n\n".join([part.text, "\n".join(bound.line() for bound in part.bounds)])
                print(f"{body}\n", flush=True)
                if not (options.quick or options.no_docs):
                    page.write(name, body)
                all_hold = all_hold and all(bound.holds for bound in part.bounds)
    except (Failed, OSError, ValueError) as error:
        say(f"error: {error}")
        return 2
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Takes away each guard of tests/it/faults/guards.json, and sees the test of its row fail.

In: the commit that is checked out. Out: a line a guard; exit 1 where a test passes without its guard. Works in a copy of the
repository in target/guards, so that a build that is cut short leaves nothing behind here. Takes half an hour.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target/guards/copy"
BUILD = ROOT / "target/guards/build"
# A test that waits for what never comes is ended after this.
LONGEST_S = 300


def fresh_copy():
    if not COPY.exists():
        subprocess.run(["git", "clone", "--quiet", "--shared", ROOT, COPY], check=True)
    git = ["git", "-C", COPY]
    subprocess.run([*git, "fetch", "--quiet", ROOT, "HEAD"], check=True)
    subprocess.run([*git, "checkout", "--quiet", "--force", "FETCH_HEAD"], check=True)


def cargo(*arguments):
    environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILD)}
    command = ["cargo", "test", "--locked", "--quiet", "--test", "it", *arguments]
    return subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True, timeout=1800, check=False)


def fails(test):
    """Whether the test fails, or never ends."""
    try:
        environment = {**os.environ, "CARGO_TARGET_DIR": str(BUILD)}
        command = ["cargo", "test", "--locked", "--quiet", "--test", "it", "--", "--exact", f"faults::{test}"]
        ran = subprocess.run(
            command, cwd=COPY, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    if " 1 passed" not in ran.stdout and " 1 failed" not in ran.stdout:
        sys.exit(f"{test} was not run:\n{ran.stdout}{ran.stderr}")
    return ran.returncode != 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="guards of tests with this in their names")
    typed = parser.parse_args()
    fresh_copy()
    guards = json.loads((COPY / "tests/it/faults/guards.json").read_text())
    of_change = {}
    for fault, guard in guards.items():
        if typed.only in guard["test"]:
            change = (guard["file"], guard["find"], guard["replace"])
            of_change.setdefault(change, []).append((guard["test"], fault))
    passing = 0
    for (file, find, replace), rows in of_change.items():
        path = COPY / file
        whole = path.read_text()
        path.write_text(whole.replace(find, replace, 1))
        try:
            built = cargo("--no-run")
            if built.returncode != 0:
                sys.exit(f"{file} can't be built without {find!r}:\n{built.stderr}")
            for test, fault in rows:
                failed = fails(test)
                passing += not failed
                print(f"{'fails as it should' if failed else 'PASSES WITHOUT IT'}: {fault} ({file})", flush=True)
        finally:
            path.write_text(whole)
    count = sum(len(rows) for rows in of_change.values())
    print(f"{count - passing} of {count} rows fail without their guard")
    sys.exit(1 if passing else 0)


if __name__ == "__main__":
    main()

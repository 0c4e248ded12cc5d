"""A program on a core of its own, from start to end.

In: a command and a core. Out: what it said and what it cost. Knows nothing of what the program does.
"""

import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass

# How often the peak of the memory is read. The last reading is the figure: /proc is empty once the program has ended.
SAMPLED_S = 0.02


class Failed(Exception):
    """A program did not do what it was asked."""


@dataclass(frozen=True)
class Ended:
    """A program that has ended."""

    output: str
    # User and system time of the whole process.
    cpu_s: float
    # Peak resident memory.
    peak_bytes: int


@contextmanager
def started(command, core, environment=None, output=subprocess.DEVNULL, errors=subprocess.DEVNULL):
    """A program that runs on `core` and is ended with the block, if it has not ended before."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        env={**os.environ, **(environment or {})},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run(command, core, limit_s, environment=None, accepted=(0,)):
    """Runs a program to its end, at most for `limit_s`."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with started(command, core, environment, output, errors) as process:
            status, used, peak = wait(process, limit_s)
        said, complained = contents(output), contents(errors)
    if status not in accepted:
        reason = (complained or said).strip().splitlines()[-1:] or ["it gave no reason"]
        raise Failed(f"{command[0]} exited {status}: {reason[0]}")
    return Ended(said, used.ru_utime + used.ru_stime, peak)


def wait(process, limit_s):
    """Exit status, resources used and peak memory."""
    deadline = time.monotonic() + limit_s
    peak = 0
    while True:
        peak = max(peak, memory(process.pid, "VmHWM"))
        pid, status, used = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, used, peak
        if time.monotonic() > deadline:
            raise Failed(f"{process.args[0]} did not end within {limit_s:.0f} s")
        time.sleep(SAMPLED_S)


def memory(pid, field):
    """Bytes of resident memory: `VmRSS` now, `VmHWM` at most so far; 0 once the process has ended.

    ru_maxrss is no help here: it counts the Python that forked as well.
    """
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            lines = dict(line.split(":", 1) for line in status)
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(lines[field].split()[0]) * 1024 if field in lines else 0


def contents(file):
    file.seek(0)
    return file.read()

#!/usr/bin/env python3
"""Soaks loadgate itself: an hour at 5,000 requests/s against a server that counts.

In: the binary. Out: whether its memory stays level (within 2% after 5 minutes), its open files and threads do, no start
comes late, and every request that the server counted is in the recording and every one in the recording was counted.
nginx answers one request in a hundred with 503, and takes leave of a connection after 10,000 requests. Load goes to this
machine only.
"""

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from harness.target import free_ports

HOME = Path(__file__).resolve().parent.parent
# Memory may differ by so much between any minute after the first five and the median of them.
LEVEL = 0.02
SETTLED_S = 300

NGINX = """
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log crit;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 10000;
  keepalive_timeout 600s;
  client_body_temp_path temp;
  proxy_temp_path temp;
  fastcgi_temp_path temp;
  uwsgi_temp_path temp;
  scgi_temp_path temp;
  split_clients $request_id $fails { 1% 503; * 200; }
  server {
    listen 127.0.0.1:@PORT@ backlog=4096;
    default_type application/json;
    location = /count { stub_status; }
    location = /products { if ($fails = 503) { return 503 '{"error":"busy"}'; } return 200 '{"items":[1,2,3,4,5]}'; }
    location = /orders { return 201 '{"order_id":"order-7f3a9c"}'; }
  }
}
"""

LOADGATE = """
[target]
url = "http://127.0.0.1:@PORT@"

[[user]]
name = "soaking"
[[user.task]]
name = "list_products"
weight = 4
get = "/products"
[[user.task]]
name = "create_order"
post = "/orders"
json = { quantity = 1 }

[profile.soak]
rate = "@RATE@/s"
duration = "@DURATION@s"
warmup = "10s"
max_users = 64
"""


def counted(port):
    """Requests that nginx has taken, this question left out."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as answer:
        figures = re.search(r"requests\n\s*(\d+)\s+(\d+)\s+(\d+)", answer.read().decode())
    return int(figures[3])


def vitals(process):
    """Resident bytes, open files, threads."""
    status = Path(f"/proc/{process}/status").read_text()
    field = lambda name: int(re.search(rf"^{name}:\s*(\d+)", status, re.MULTILINE)[1])
    return field("VmRSS") * 1024, len(os.listdir(f"/proc/{process}/fd")), field("Threads")


def watched(process, every_s):
    """Its vitals until it ends, as (seconds, resident, files, threads)."""
    begun, readings = time.monotonic(), []
    while process.poll() is None:
        try:
            readings.append((time.monotonic() - begun, *vitals(process.pid)))
        except (FileNotFoundError, ProcessLookupError, TypeError):
            break
        time.sleep(every_s)
    process.wait()
    return readings


def minutes(readings):
    """Medians by minute of what was read after it settled, its last half minute left out, in which it writes."""
    end = readings[-1][0] - 30
    by_minute = {}
    for at, *figures in readings:
        if SETTLED_S <= at < end:
            by_minute.setdefault(int(at // 60), []).append(figures)
    return {minute: [statistics.median(column) for column in zip(*rows)] for minute, rows in by_minute.items()}


def judge(readings, recording, before, after):
    """What was found, as lines, and whether all is well."""
    wrong = []
    by_minute = minutes(readings)
    if not by_minute:
        print(f"  too short to look at memory: it settles in {SETTLED_S} s")
    for number, name in enumerate(("resident memory", "open files", "threads")):
        column = [figures[number] for figures in by_minute.values()]
        if not column:
            continue
        first, most = column[0], max(column)
        print(f"  {name}: {first:.0f} in minute {min(by_minute)}, {column[-1]:.0f} in the last, {most:.0f} at most "
              f"({most / first - 1:+.1%})")
        if most > first * (1 + (LEVEL if number == 0 else 0.05)):
            wrong.append(f"{name} grows")
    generator, everything = recording["summary"]["generator"], recording["facts"]
    lag = generator["start_lag_us"]
    print(f"  start lag: p50 {lag['p50']} us, p99 {lag['p99']} us, at most {lag['max']} us; missed {generator['missed_starts']}")
    sent = sum(tally["requests"] for piece in recording["series"]["slices"] for tally in piece["endpoints"].values())
    failed = sum(
        count
        for piece in recording["series"]["slices"]
        for tally in piece["endpoints"].values()
        for count in tally.get("errors", {}).values()
    )
    # Each of the two looks at the count is counted itself, before it is answered.
    took = after - before - 1
    print(f"  recorded {sent} requests, {failed} of them failed; nginx counted {took}")
    if sent != took:
        wrong.append(f"{sent - took:+} requests are recorded that the server did not count")
    planned = everything["window_s"] + everything["warmup_s"]
    # The end of the warm-up may fall into a slice, which is there twice then.
    made = {}
    for piece in recording["series"]["slices"]:
        requests = sum(tally["requests"] for tally in piece["endpoints"].values())
        made[piece["start_s"]] = made.get(piece["start_s"], 0) + requests
    rates = [count / recording["series"]["slice_s"] for count in made.values()][1:-1]
    quarter = len(rates) // 4
    print(f"  rate: {statistics.mean(rates[:quarter]):.1f}/s in the first quarter, "
          f"{statistics.mean(rates[-quarter:]):.1f}/s in the last; planned {planned:.0f} s")
    if abs(statistics.mean(rates[-quarter:]) / statistics.mean(rates[:quarter]) - 1) > 0.001:
        wrong.append("the rate drifts")
    if not everything["valid"]:
        wrong.append(f"the run is not valid: {everything['reasons']}")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=Path, help="loadgate")
    parser.add_argument("--duration", type=int, default=3600, help="seconds (default 3600)")
    parser.add_argument("--rate", type=int, default=5000, help="requests a second (default 5000)")
    parser.add_argument("--readings", type=Path, help="where to keep what was read, as JSON")
    typed = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="loadgate-soak-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        (port,) = free_ports(1)
        filled = lambda text: text.replace("@PORT@", str(port)).replace("@RATE@", str(typed.rate)).replace(
            "@DURATION@", str(typed.duration))
        (folder / "nginx.conf").write_text(filled(NGINX))
        (folder / "loadgate.toml").write_text(filled(LOADGATE))
        server = subprocess.Popen([shutil.which("nginx"), "-p", folder, "-c", "nginx.conf", "-e", "error.log"])
        try:
            for _ in range(100):
                try:
                    before = counted(port)
                    break
                except OSError:
                    time.sleep(0.1)
            command = [typed.binary.resolve(), "run", "--profile", "soak", "--quiet", "--out", folder / "out"]
            process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
            readings = watched(process, 5)
            after = counted(port)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
        if typed.readings:
            typed.readings.write_text(json.dumps(readings))
        recording = json.loads((folder / "out/recording.json").read_text())
    wrong = judge(readings, recording, before, after)
    for finding in wrong:
        print(f"WRONG: {finding}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

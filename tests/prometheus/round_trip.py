"""Plays a run that tells a real Prometheus of itself, and asks that for the run's figures: they are those of the recording.

    python3 tests/prometheus/round_trip.py LOADGATE PROMETHEUS

Pushed by remote write: the number of requests exactly, each p95 within its native histogram's bucket. Scraped: classic
buckets. And every expression of docs/grafana/loadgate.json finds something. Needs nothing but Python.
"""

import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

LOADGATE, PROMETHEUS = (os.path.abspath(shutil.which(path) or path) for path in sys.argv[1:3])
DASHBOARD = os.path.join(os.path.dirname(__file__), "../../docs/grafana/loadgate.json")

CONFIG = """
[target]
url = "demo"

[[user]]
name = "reader"
[[user.task]]
name = "list, \\"all\\""
weight = 2
get = "/products"
[[user.task]]
name = "one"
get = "/products/7"

[profile.load]
rate = "200/s"
max_users = 100
duration = "9s"
warmup = "2s"
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(url, **parameters):
    query = urllib.parse.urlencode(parameters)
    with urllib.request.urlopen(f"{url}?{query}", timeout=20) as answer:
        return json.load(answer)["data"]["result"]


def until_ready(url):
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit("Prometheus does not get ready")


def check(holds, *said):
    if not holds:
        sys.exit(" ".join(str(word) for word in said))


def pushed_figures(api, recording):
    """What was pushed, beside the recording. Pushed series have no `job`."""
    endpoints = recording["summary"]["endpoints"]
    [total] = ask(f"{api}/query", query='sum(max_over_time(loadgate_requests_total{job="",phase="window"}[5m]))')
    requests = endpoints["(all)"]["requests"]
    check(float(total["value"][1]) == requests, "requests:", total, "not", requests)
    # The last second that was told, before the series were marked as ended.
    [end] = ask(f"{api}/query", query='max(max_over_time(timestamp(loadgate_users{job=""})[5m:100ms]))')
    at = float(end["value"][1])
    told = {}
    for series in ask(f"{api}/query", query='loadgate_response_seconds{job="",phase="window"}', time=at):
        told[series["metric"]["endpoint"]] = series["histogram"][1]
    quantiles = ask(
        f"{api}/query", query='histogram_quantile(0.95, loadgate_response_seconds{job="",phase="window"})', time=at
    )
    check(len(quantiles) == len(endpoints) - 1, "endpoints:", quantiles)
    for series in quantiles:
        name, read = series["metric"]["endpoint"], float(series["value"][1])
        exact = endpoints[name]["response_us"]["p95"] / 1e6
        widths = [float(high) / float(low) for _, low, high, _ in told[name]["buckets"] if float(low) > 0]
        # A bucket, and what the recording rounds by.
        near = max(widths) * 1.002
        check(1 / near <= read / exact <= near, name, "p95:", read, "s pushed,", exact, "s in the recording")
        print(f"{name}: p95 {read * 1e3:.2f} ms by PromQL, {exact * 1e3:.2f} ms in the recording, buckets of {max(widths) - 1:.1%}")
    after = ask(f"{api}/query", query='loadgate_users{job=""}', time=at + 1)
    check(after == [], "series go on after the run:", after)
    print(f"requests: {requests} by both")


def scraped_figures(api, recording):
    """What was scraped last, which may be seconds before the end."""
    [total] = ask(f"{api}/query", query='sum(max_over_time(loadgate_requests_total{job="loadgate"}[5m]))')
    check(0 < float(total["value"][1]), "nothing was scraped")
    query = 'histogram_quantile(0.95, sum by (le) (max_over_time(loadgate_response_seconds_bucket{job="loadgate"}[5m])))'
    [read] = ask(f"{api}/query", query=query)
    exact = recording["summary"]["endpoints"]["(all)"]["response_us"]["p95"] / 1e6
    check(1 / 2.5 <= float(read["value"][1]) / exact <= 2.5, "p95 of classic buckets:", read, "not about", exact)


def dashboard(api, began, ended):
    expressions = [target["expr"] for panel in json.load(open(DASHBOARD))["panels"] for target in panel["targets"]]
    for expression in expressions:
        concrete = expression.replace("$profile", "load").replace("$endpoint", ".*").replace("$__rate_interval", "4s")
        for side in ("", "loadgate"):
            sided = concrete.replace('profile=~"load"', f'profile=~"load",job="{side}"')
            found = ask(f"{api}/query_range", query=sided, start=began, end=ended, step=1)
            values = [float(value) for series in found for _, value in series.get("values", [])]
            # Nothing fails here, so what failed has no series.
            is_there = any(math.isfinite(value) for value in values) or "by (endpoint, kind)" in sided
            check(is_there, "the dashboard finds nothing by", sided)
    print(f"docs/grafana/loadgate.json: {len(expressions)} expressions find something, pushed and scraped")


def main():
    folder = tempfile.mkdtemp(prefix="loadgate-prometheus-")
    scraped, served = free_port(), free_port()
    with open(f"{folder}/prometheus.yml", "w") as file:
        json.dump({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "loadgate", "static_configs": [{"targets": [f"127.0.0.1:{scraped}"]}]}],
        }, file)
    with open(f"{folder}/loadgate.toml", "w") as file:
        file.write(CONFIG)
    log = open(f"{folder}/prometheus.log", "w")
    prometheus = subprocess.Popen(
        [
            PROMETHEUS, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{served}", "--web.enable-remote-write-receiver",
            "--enable-feature=native-histograms", "--web.console.templates=", "--web.console.libraries=",
        ],
        stdout=log, stderr=log,
    )
    try:
        url = f"http://127.0.0.1:{served}"
        until_ready(f"{url}/-/ready")
        began = time.time()
        ways = f"prometheus=127.0.0.1:{scraped},remote-write={url}/api/v1/write"
        run = subprocess.run(
            [LOADGATE, "run", "--profile", "load", "--metrics", ways, "--out", "report"],
            cwd=folder, capture_output=True, text=True,
        )
        check(run.returncode == 0 and "warning" not in run.stderr, run.stdout, run.stderr)
        ended = time.time()
        recording = json.load(open(f"{folder}/report/recording.json"))
        pushed_figures(f"{url}/api/v1", recording)
        scraped_figures(f"{url}/api/v1", recording)
        dashboard(f"{url}/api/v1", began, ended)
    finally:
        prometheus.terminate()
        prometheus.wait()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


main()

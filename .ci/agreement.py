"""Do `loadgate hit --json` and `wrk --latency` tell the same story of one server?

In: the two outputs. Out: a table, and exit status 1 on a gross disagreement. The bounds leave room for a busy
machine; how well they agree on a quiet one is in docs/performance.md.
"""

import json
import re
import sys

MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000}


def wrk(text):
    """Requests/s, and p50 and p99 in microseconds, as wrk prints them."""
    quantiles = dict(re.findall(r"^\s+(50|99)%\s+(\S+)$", text, re.MULTILINE))
    rps = float(re.search(r"^Requests/sec:\s+(\S+)$", text, re.MULTILINE)[1])
    return [rps] + [microseconds(quantiles[name]) for name in ("50", "99")]


def microseconds(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(value) * MICROSECONDS[unit]


def hit(text):
    """The same figures, as loadgate gives them."""
    figures = json.loads(text)["endpoints"]["(all)"]
    return [figures["rps"], figures["response_us"]["p50"], figures["response_us"]["p99"]]


def main(wrk_path, hit_path):
    with open(wrk_path) as theirs, open(hit_path) as ours:
        rows = list(zip(("requests/s", "p50, us", "p99, us"), wrk(theirs.read()), hit(ours.read())))
    print(f"{'':12}{'wrk':>12}{'loadgate':>12}")
    for name, theirs, ours in rows:
        print(f"{name:12}{theirs:12.0f}{ours:12.0f}")
    # p99 is shown only: on a busy machine it belongs to the neighbours.
    strangers = [name for name, theirs, ours in rows[:2] if not 0.5 < ours / theirs < 2]
    if strangers:
        sys.exit(f"loadgate and wrk differ by more than a factor of two in {', '.join(strangers)}")


main(*sys.argv[1:])

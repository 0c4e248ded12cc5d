"""What a journey costs beside a plain GET: templates, data, JSON extracts and expectations.

In: journey.toml. Out: CPU time a request of the journey, of the plain GET, and of a GET whose answer has the journey's
mean size. Compares loadgate with itself alone.
"""

import re
import shutil
import tempfile
from pathlib import Path

from .. import page
from ..generators import BENCHES, Load
from ..rounds import cpu, rps, take_turn
from ..target import PLAIN_BYTES, nginx

CONNECTIONS = 64
JOURNEY, PLAIN, SIZED = "journey", f"GET of {PLAIN_BYTES} bytes", "GET of the journey's mean answer"


def measure(bench):
    seconds = bench.seconds(5)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        with nginx(bench.target_core, 1) as target:
            sized_bytes = mean_body(bench, target, folder)
        with nginx(bench.target_core, sized_bytes) as target:
            results = bench.alternate(contenders(bench, target, folder, seconds))
    columns = ["requests", "requests/s", "CPU µs/request", f"× {PLAIN}", f"× {SIZED}"]
    rows = [
        [
            name,
            page.count(results.middle(name, rps)),
            page.cost(results.middle(name, cpu)),
            *(page.ratio(results.ratio(name, other, cpu)) for other in (PLAIN, SIZED)),
        ]
        for name in results.names()
    ]
    text = [
        f"The shop's journey (benches/journey.toml) without think time, {CONNECTIONS} users: a login each, weighted "
        "tasks, templates, rows of a data file, JSON extracts, expectations on status and JSON. Beside it, in the same "
        f"rounds, a GET of the {PLAIN_BYTES}-byte file, and a GET whose answer has the size of the journey's mean one "
        f"({sized_bytes} bytes of body) and is no file either. The bound is on the ratio to the latter: like targets.",
        page.table(columns, rows),
        bench.where(["loadgate"], seconds),
    ]
    ratio = results.ratio(JOURNEY, SIZED, cpu)
    bound = page.Bound("CPU time a request of the journey against a GET of its size", ratio, 1.5)
    return page.Part("\n\n".join(text), [bound])


def contenders(bench, target, folder, seconds):
    config = description(folder, seconds)
    sized = bench.contender("loadgate", Load(target.url("/sized"), CONNECTIONS, seconds), SIZED)
    return [
        bench.loadgate_run(JOURNEY, config, target.url(), folder / "out", seconds),
        bench.contender("loadgate", Load(target.url(), CONNECTIONS, seconds), PLAIN),
        sized,
    ]


def mean_body(bench, target, folder):
    """Bytes of body that make `/sized` as large as the mean answer of the journey; a second of each tells."""
    journey, _, sized = contenders(bench, target, folder, 1)
    journey, sized = (take_turn(one, bench.generator_core).reading for one in (journey, sized))
    return 1 + round(journey.received / journey.requests - sized.received / sized.requests)


def description(folder, seconds):
    """A copy of journey.toml that takes so many seconds."""
    text = (BENCHES / "journey.toml").read_text()
    text = re.sub(r'^duration = "\w+"', f'duration = "{seconds}s"', text, flags=re.MULTILINE)
    shutil.copytree(BENCHES.parent / "data", folder / "data", dirs_exist_ok=True)
    path = folder / "journey.toml"
    path.write_text(text)
    return path

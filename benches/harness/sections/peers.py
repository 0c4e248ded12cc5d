"""The table that compares generators under one load.

In: results. Out: a table with ratios to those it is given. Decides no bound.
"""

from .. import page
from ..rounds import cpu, p50, p99, peak, rps


def table(results, others):
    """A line for each contender; CPU time also as a multiple of each of `others`."""
    ratios = [f"× {other}" for other in others]
    columns = ["generator", "requests/s", "p50", "p99", "CPU µs/request", *ratios, "peak memory"]
    return page.table(columns, [row(results, name, others) for name in results.names()])


def row(results, name, others):
    return [
        name,
        page.count(results.middle(name, rps)),
        page.latency(results.middle(name, p50)),
        page.latency(results.middle(name, p99)),
        page.cost(results.middle(name, cpu)),
        *(page.ratio(results.ratio(name, other, cpu)) for other in others),
        page.size(results.middle(name, peak)),
    ]


def bounds(results, name, limits):
    """CPU time of `name` held to multiples of others."""
    return [
        page.Bound(f"CPU time a request of {name} against {other}", results.ratio(name, other, cpu), most)
        for other, most in limits.items()
        if other in results.names()
    ]

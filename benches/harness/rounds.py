"""Contenders that take turns, so that a change of the machine's mood meets all of them.

In: contenders. Out: `Results`: medians over the rounds, and medians of the ratios within a round. Judges nothing.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from . import child
from .generators import Reading


@dataclass(frozen=True)
class Contender:
    """A command to measure, and how to read what it prints."""

    name: str
    command: list
    read: Callable[[str], Reading]
    # How long it is meant to take.
    seconds: int
    environment: dict = field(default_factory=dict)
    accepted: tuple = (0,)
    # Whether nothing is worth saying without it. Others that fail are left out, with the reason.
    needed: bool = False


@dataclass(frozen=True)
class Measured:
    """One turn of a contender."""

    reading: Reading
    cpu_us: float
    peak_bytes: int


class Results:
    """What the contenders did, by name and round."""

    def __init__(self):
        self.turns = {}
        self.failures = {}

    def names(self):
        return list(self.turns)

    def middle(self, name, figure):
        """The median of a figure; `None` where the contender doesn't say it."""
        values = [figure(turn) for turn in self.turns.get(name, [])]
        return None if not values or None in values else median(values)

    def ratio(self, name, other, figure):
        """The median of the ratios within a round."""
        pairs = zip(self.turns.get(name, []), self.turns.get(other, []))
        values = [(figure(one), figure(two)) for one, two in pairs]
        return median(one / two for one, two in values) if values else None


def cpu(turn):
    return turn.cpu_us


def rps(turn):
    return turn.reading.rps


def p50(turn):
    return turn.reading.p50


def p99(turn):
    return turn.reading.p99


def peak(turn):
    return turn.peak_bytes


def alternate(contenders, count, core):
    """`count` rounds, in each of which every contender has a turn."""
    results = Results()
    for number in range(1, count + 1):
        for contender in contenders:
            if contender.name in results.failures:
                continue
            try:
                turn = measure(contender, core)
            except (child.Failed, KeyError, ValueError, AttributeError, ZeroDivisionError) as error:
                if contender.needed:
                    raise child.Failed(f"{contender.name}: {error}") from error
                say(f"round {number}: {contender.name} is left out: {error}")
                results.failures[contender.name] = str(error)
                results.turns.pop(contender.name, None)
                continue
            results.turns.setdefault(contender.name, []).append(turn)
            say(f"round {number}: {contender.name}: {turn.reading.rps:.0f} requests/s, {turn.cpu_us:.2f} us CPU")
    return results


def measure(contender, core):
    limit = contender.seconds * 3 + 90
    ended = child.run(contender.command, core, limit, contender.environment, contender.accepted)
    reading = contender.read(ended.output)
    return Measured(reading, ended.cpu_s * 1e6 / reading.requests, ended.peak_bytes)


def say(text):
    print(text, file=sys.stderr, flush=True)

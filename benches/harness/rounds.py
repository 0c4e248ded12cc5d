"""Contenders that take turns, so that a change of the machine's mood meets all of them.

In: contenders. Out: `Results`: medians over the rounds, and medians of the ratios within a round. Judges nothing.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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

    @property
    def cpu_s(self):
        """CPU time of the whole turn."""
        return self.cpu_us * self.reading.requests / 1e6


class Results:
    """What the contenders did, by name and round."""

    def __init__(self):
        self.turns = {}
        self.failures = {}

    def between(self, name, short, long):
        """Enters as `name` what a request cost between the ends of two turns, one of which was longer.

        What both did alike, such as starting and connecting, is in neither.
        """
        pairs = zip(self.turns.pop(short, []), self.turns.pop(long, []))
        self.turns[name] = [
            replace(b, cpu_us=(b.cpu_s - a.cpu_s) * 1e6 / max(1, b.reading.requests - a.reading.requests))
            for a, b in pairs
        ]

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
                turn = take_turn(contender, core)
            except (child.Failed, KeyError, ValueError, AttributeError, ZeroDivisionError) as error:
                if contender.needed:
                    raise child.Failed(f"{contender.name}: {error}") from error
                reason = str(error) if isinstance(error, child.Failed) else f"what it printed can't be read: {error!r}"
                say(f"round {number}: {contender.name} is left out: {reason}")
                results.failures[contender.name] = reason
                results.turns.pop(contender.name, None)
                continue
            results.turns.setdefault(contender.name, []).append(turn)
            say(f"round {number}: {contender.name}: {turn.reading.rps:.0f} requests/s, {turn.cpu_us:.2f} us CPU")
    return results


def take_turn(contender, core):
    """One turn of a contender."""
    limit = contender.seconds * 3 + 90
    ended = child.run(contender.command, core, limit, contender.environment, contender.accepted)
    reading = contender.read(ended.output)
    if not reading.requests:
        raise child.Failed("it made no request")
    return Measured(reading, ended.cpu_s * 1e6 / reading.requests, ended.peak_bytes)


def say(text):
    print(text, file=sys.stderr, flush=True)

"""Tables, bounds, and their place in docs/performance.md.

In: figures. Out: Markdown, and the page with one part of it replaced. Measures nothing.
"""

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "performance.md"
ABSENT = "–"


@dataclass(frozen=True)
class Bound:
    """What a figure is held to: at most `most`."""

    says: str
    value: float
    most: float
    unit: str = "×"

    @property
    def holds(self):
        return self.value <= self.most

    def line(self):
        verdict = "holds" if self.holds else "**does not hold**"
        most, value = (f"{figure(number)}{self.unit}" for number in (self.most, self.value))
        return f"- {self.says}: at most {most}. Measured {value}: {verdict}."


@dataclass(frozen=True)
class Part:
    """What a section has to say."""

    text: str
    bounds: list


def figure(value):
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def table(columns, rows):
    """A Markdown table; the first column is text, the others are figures."""
    lines = [columns, ["---"] + ["--:"] * (len(columns) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def count(value):
    return ABSENT if value is None else f"{value:.0f}"


def cost(value):
    return ABSENT if value is None else f"{value:.1f}"


def ratio(value):
    return ABSENT if value is None else f"{value:.2f}"


def latency(microseconds):
    return ABSENT if microseconds is None else f"{microseconds / 1e3:.2f} ms"


def size(in_bytes):
    return ABSENT if in_bytes is None else f"{in_bytes / 2**20:.1f} MiB"


def write(name, body):
    """Puts `body` between the markers of section `name`."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    text = PAGE.read_text()
    if begin not in text or end not in text:
        raise ValueError(f"{PAGE} has no markers {begin} and {end}: add them where the section belongs")
    before, rest = text.split(begin, 1)
    PAGE.write_text(f"{before}{begin}\n{body}\n{end}{rest.split(end, 1)[1]}")

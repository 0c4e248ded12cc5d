"""What a section gets: the generators that are here, the options typed, the machine.

In: paths and options. Out: contenders for a load, rounds of them, and a line on where it was. Decides no bound.
"""

import datetime
import os
import platform
import re
import subprocess
from dataclasses import dataclass

from .generators import Generator
from .rounds import Contender, alternate


@dataclass(frozen=True)
class Bench:
    """The surroundings of a section."""

    generators: dict[str, Generator]
    missing: list[str]
    target_core: int
    generator_core: int
    rounds: int
    # Seconds of a measurement, where they were typed.
    typed_seconds: int | None = None

    def seconds(self, usual):
        return self.typed_seconds or usual

    def contender(self, name, load, label=None, needed=None):
        """The generator `name` with a load."""
        one = self.generators[name]
        needed = name in ("floor", "loadgate", "wrk") if needed is None else needed
        command, label = one.command(load), label or name
        return Contender(label, command, one.read, load.seconds, one.environment, one.accepted, needed)

    def contenders(self, names, load):
        return [self.contender(name, load) for name in names if name in self.generators]

    def loadgate_run(self, label, description, target, folder, seconds):
        """`loadgate run` of the description in a file."""
        one = self.generators["loadgate"]
        where = ["--config", str(description), "--target", target, "--out", str(folder)]
        command = [one.program, "run", *where, "--workers", "1", "--json"]
        return Contender(label, command, one.read, seconds, accepted=one.accepted, needed=True)

    def alternate(self, contenders):
        return alternate(contenders, self.rounds, self.generator_core)

    def where(self, names, seconds):
        """The machine, the versions and the date, for below a table."""
        versions = [version(self.generators[name]) for name in names if name in self.generators]
        said = ", ".join([nginx_version(), *filter(None, versions)])
        today = datetime.datetime.now(datetime.UTC).date()
        return (
            f"{self.rounds} rounds of {seconds} s; {cpu_model()}, nginx on core {self.target_core}, generators on core "
            f"{self.generator_core}; {platform.system()} {platform.release()}; {said}; {today}."
        )

    def left_out(self, names, failures):
        """Who was to be in the table and is not, and why."""
        missing = [name for name in names if name in self.missing]
        lines = [f"Left out: {name} ({reason})." for name, reason in failures.items()]
        if missing:
            lines.append(f"Not installed, so not measured: {', '.join(missing)}.")
        return "\n".join(lines)


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'an unnamed CPU'}, {os.cpu_count()} cores"


def version(generator):
    """Name and version, as far as the program tells."""
    if not generator.version:
        return None
    command = [generator.program, *generator.version]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", ran.stdout + ran.stderr)
    return f"{generator.name} {found[0]}" if found else generator.name


def nginx_version():
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False).stderr
    return "nginx " + said.rsplit("/", 1)[-1].split()[0]

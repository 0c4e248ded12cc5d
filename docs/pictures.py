"""The terminal pictures of the README, from real runs: python3 docs/pictures.py [LOADGATE]

Needs rich from PyPI. Writes docs/images/gate-pass.svg and gate-fail.svg.
"""

import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 118


def screen(command: list[str]) -> str:
    """What the command prints to a terminal on its standard output."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(command, cwd=ROOT, stdout=theirs, stderr=subprocess.DEVNULL, env=environment)
    os.close(theirs)
    text = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        text += piece
    process.wait()
    return text.decode().replace("\r\n", "\n")


def picture(name: str, shown: str, command: list[str]) -> None:
    """Runs the command and saves its screen under the command line that a reader would type."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)
    console.print(Text.from_ansi(f"$ {shown}\n"))
    console.print(Text.from_ansi(screen(command)), soft_wrap=True)
    console.save_svg(str(ROOT / "docs" / "images" / f"{name}.svg"), title="loadgate")


def main() -> None:
    loadgate = sys.argv[1] if len(sys.argv) > 1 else "target/release/loadgate"
    fault = "POST /orders:delay=x1.5"
    picture("gate-pass", "loadgate gate", [loadgate, "gate"])
    picture("gate-fail", f"loadgate gate --demo-fault '{fault}'", [loadgate, "gate", "--demo-fault", fault])


main()

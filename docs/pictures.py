"""The pictures of the README and the book, from real runs: python3 docs/pictures.py [LOADGATE] [NAME...]

Needs rich, pyte and pillow from PyPI. Writes to docs/images what a terminal shows (gate-pass, gate-fail, live) and what
Chromium does (report-pass, report-fail, web), or those that are named. The latter are taken by the browser tests
(`.ci/run browser`), which leave them in target/ci/pages.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pyte
from PIL import Image
from rich.console import Console
from rich.style import Style
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


def live(name: str, rows: int, seconds: float, command: list[str]) -> None:
    """Runs the command on a terminal and saves what it shows after so many seconds; then stops it by its key."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color"}
    for unwanted in ("NO_COLOR", "CI"):
        environment.pop(unwanted, None)
    in_session = ["setsid", "--ctty", *command]
    process = subprocess.Popen(in_session, cwd=ROOT, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    shown = Dimmed(COLUMNS, rows)
    stream = pyte.ByteStream(shown)
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([ours], [], [], left)[0]:
            stream.feed(os.read(ours, 65536))
    os.write(ours, b"q")
    lines = [line(shown, row) for row in range(rows)]
    process.wait()
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)
    for text in lines:
        console.print(text, no_wrap=True, overflow="crop")
    console.save_svg(str(ROOT / "docs" / "images" / f"{name}.svg"), title="loadgate")


class Dimmed(pyte.Screen):
    """A screen that keeps faint text, as italics: pyte knows of no faint."""

    def select_graphic_rendition(self, *attributes: int, **rest: object) -> None:
        super().select_graphic_rendition(*attributes, **rest)
        if attributes[:2] in ((38, 5), (48, 5)):
            return  # a number of the palette, not an attribute
        for attribute in attributes:
            if attribute in (2, 22, 0):
                self.cursor.attrs = self.cursor.attrs._replace(italics=attribute == 2)
                if attribute == 22:
                    self.cursor.attrs = self.cursor.attrs._replace(bold=False)


def line(shown: pyte.Screen, row: int) -> Text:
    """A row of a screen, as rich has it."""
    text = Text()
    for column in range(shown.columns):
        cell = shown.buffer[row][column]
        color = None if cell.fg == "default" else NAMES.get(cell.fg, cell.fg)
        text.append(cell.data, Style(color=color, bold=cell.bold, dim=cell.italics, reverse=cell.reverse))
    return text


# What pyte calls the colours, and the 256-colour palette's first sixteen, as rich calls them.
NAMES = {"brown": "yellow", "800000": "red", "008000": "green", "808000": "yellow", "000080": "blue", "800080": "magenta",
         "008080": "cyan", "c0c0c0": "white", "cd0000": "red", "00cd00": "green", "cdcd00": "yellow", "0000ee": "blue",
         "cd00cd": "magenta", "00cdcd": "cyan"}


def page(name: str, taken: str) -> None:
    """Keeps what a browser test has taken, in as many colours as a page has."""
    path = ROOT / "target" / "ci" / "pages" / taken
    if not path.exists():
        sys.exit(f"{path} is not there: run `.ci/run browser` first")
    colours = Image.open(path).convert("RGB").quantize(64)
    colours.save(ROOT / "docs" / "images" / f"{name}.png", optimize=True)


def main() -> None:
    loadgate = str(Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/loadgate").resolve())
    fault = "POST /orders:delay=x1.5"
    failing = ["--demo-fault", "POST /orders:errors=3%", "--demo-fault", "*:tail=1%,x3"]
    pictures = {
        "gate-pass": lambda: picture("gate-pass", "loadgate gate", [loadgate, "gate"]),
        "gate-fail": lambda: picture(
            "gate-fail", f"loadgate gate --demo-fault '{fault}'", [loadgate, "gate", "--demo-fault", fault]
        ),
        "live": lambda: live("live", 34, 41, [loadgate, "run", "--profile", "stress", *failing]),
        "report-pass": lambda: page("report-pass", "loadgate-report-pass.png"),
        "report-fail": lambda: page("report-fail", "failing-fail.png"),
        "web": lambda: page("web", "web.png"),
    }
    for name in sys.argv[2:] or pictures:
        pictures[name]()


main()

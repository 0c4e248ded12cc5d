"""How often the code that an answer passes through says `unsafe`: the table in SECURITY.md.

In:  `cargo metadata --locked`, and the sources that cargo unpacked for the versions in Cargo.lock.
Out: a Markdown table on standard output. Comments, strings and everything outside src/ are not counted; code for other
     platforms, and behind features that are off, is. A count says where to look, not what is wrong.
"""

import json
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOT = (
    "loadgate bytes h2 hdrhistogram http httparse hyper hyper-util memchr miniz_oxide mio reqwest ring rustix rustls"
    " rustls-pki-types rustls-webpki serde_json socket2 tokio tokio-rustls toml"
).split()
KINDS = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe trait", "unsafe extern"]
# What is no code: comments (`/*` is counted by hand, as it nests), strings with and without hashes, characters.
TEXT = re.compile(
    r"""//[^\n]*|/\*|\b[bc]?r(?P<hashes>\#*)"(?s:.*?)"(?P=hashes)|[bc]?"(?:\\(?s:.)|[^"\\])*"|b?'(?:\\[^\n]+?|[^'\\\n])'""",
    re.VERBOSE,
)
UNSAFE = re.compile(r"\bunsafe\s*(\{|(?:fn|impl|trait|extern)\b)")


def code(source):
    """The source without its comments, strings and characters."""
    kept, at = [], 0
    while found := TEXT.search(source, at):
        kept.append(source[at : found.start()])
        at = found.end()
        if found.group() == "/*":
            depth = 1
            while depth and (edge := re.compile(r"/\*|\*/").search(source, at)):
                depth += 1 if edge.group() == "/*" else -1
                at = edge.end()
            if depth:
                at = len(source)
    return " ".join([*kept, source[at:]])


def counted(folder):
    counts = dict.fromkeys(KINDS, 0)
    for file in sorted((folder / "src").rglob("*.rs")):
        for found in UNSAFE.finditer(code(file.read_text(encoding="utf-8"))):
            counts[f"unsafe {found.group(1)}"] += 1
    return counts


def self_test():
    tricky = r'''unsafe { } /* unsafe { /* unsafe fn */ unsafe impl */ // unsafe trait
        "unsafe { \" unsafe fn" r#" " unsafe impl "# '"' '\'' fn f<'a>(x: &'a u8) {} pub unsafe  fn g() {} b'"' unsafe extern "C" {}'''
    found = [kind.group(1) for kind in UNSAFE.finditer(code(tricky))]
    assert found == ["{", "fn", "extern"], found


def main():
    self_test()
    ran = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1"], cwd=ROOT, check=True, capture_output=True
    )
    packages = [package for package in json.loads(ran.stdout)["packages"] if package["name"] in HOT]
    print("| crate | version | " + " | ".join(f"`{kind}`" for kind in KINDS) + " | all |")
    print("|---|---|" + "---:|" * (len(KINDS) + 1))
    for package in sorted(packages, key=lambda package: (package["name"] != "loadgate", package["name"], package["version"])):
        counts = counted(Path(package["manifest_path"]).parent)
        cells = [package["name"], package["version"], *counts.values(), sum(counts.values())]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


main()

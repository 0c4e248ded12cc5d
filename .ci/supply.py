"""What is linked into loadgate, held to deny.toml and Cargo.toml.

In:  `cargo metadata --locked` of the package and of fuzz/, deny.toml, the lock files. No network but cargo's own.
Out: a line for each check with how much it looked at, what is wrong under it; status 1 where anything is.
It knows of no advisories: those are cargo-deny's and cargo-audit's.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def metadata(manifest):
    """What cargo resolves from a lock file, which it may not change for that."""
    ran = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", ROOT / manifest],
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        sys.exit(
            f"the lock file of {manifest} is not current: cargo metadata --manifest-path {manifest} >/dev/null\n{ran.stderr}"
        )
    return json.loads(ran.stdout)


def named(package):
    return f"{package['name']} {package['version']}"


def satisfied(expression, allowed):
    """Whether the allowed licences satisfy an SPDX expression; the old `A/B` is `A OR B`."""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def either():
        good = both()
        while words and words[0].upper() == "OR":
            words.pop(0)
            good = both() or good
        return good

    def both():
        good = one()
        while words and words[0].upper() == "AND":
            words.pop(0)
            good = one() and good
        return good

    def one():
        word = words.pop(0)
        if word == "(":
            good = either()
            words.pop(0)
            return good
        if words and words[0].upper() == "WITH":
            word = f"{word} WITH {words[1]}"
            del words[:2]
        return word in allowed

    try:
        return either() and not words
    except IndexError:
        return False


def licences(packages, rules):
    more = {rule["crate"]: rule["allow"] for rule in rules.get("exceptions", [])}
    for package in packages:
        licence = package["license"]
        if not licence:
            yield f"{named(package)} names no licence"
        elif not satisfied(licence, {*rules["allow"], *more.get(package["name"], [])}):
            yield f"{named(package)} is under {licence}, which deny.toml does not allow"


def committed(file):
    return subprocess.run(["git", "ls-files", "--error-unmatch", file], cwd=ROOT, capture_output=True).returncode == 0


def linked(whole):
    """The packages that building loadgate takes: normal and build dependencies, of every platform."""
    nodes = {node["id"]: node for node in whole["resolve"]["nodes"]}
    found, waiting = set(), list(whole["workspace_members"])
    while waiting:
        at = waiting.pop()
        if at not in found:
            found.add(at)
            waiting += [
                dep["pkg"] for dep in nodes[at]["deps"] if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])
            ]
    return [package for package in whole["packages"] if package["id"] in found]


def version(text):
    return tuple(int(part) for part in (text.split("-")[0].split(".") + ["0", "0"])[:3])


def main():
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    wholes = [metadata("Cargo.toml"), metadata("fuzz/Cargo.toml")]
    packages = list({package["id"]: package for whole in wholes for package in whole["packages"]}.values())
    foreign = [package for package in packages if package["source"] or not package["manifest_path"].startswith(str(ROOT))]
    own = [package for package in packages if package not in foreign]
    # Nothing that only fuzz/ needs is handed out.
    used = [package for package in wholes[0]["packages"] if package in foreign]
    asked = [(package, dependency) for package in own for dependency in package["dependencies"]]
    banned = {rule["crate"] for rule in rules["bans"]["deny"]}
    built = linked(wholes[0])
    oldest = next(package["rust_version"] for package in built if package["name"] == "loadgate")
    locks = ["Cargo.lock", "fuzz/Cargo.lock"]
    checks = [
        ("lock files are committed and current", len(locks), [f"{lock} is not committed: git add {lock}" for lock in locks if not committed(lock)]),
        (
            "packages come from crates.io",
            len(foreign),
            [f"{named(package)} comes from {package['source']}" for package in foreign if package["source"] != CRATES_IO],
        ),
        ("licences are allowed", len(used), list(licences(used, rules["licenses"]))),
        (
            "required versions are no wildcards",
            len(asked),
            [
                f"{package['name']} requires {dependency['name']} = \"{dependency['req']}\": name a version"
                for package, dependency in asked
                if "*" in dependency["req"] and not dependency.get("path")
            ],
        ),
        (
            f"crates are none of the {len(banned)} banned",
            len(packages),
            [f"{named(package)} is banned by deny.toml" for package in packages if package["name"] in banned],
        ),
        (
            f"crates to build loadgate need no Rust above {oldest}",
            len(built),
            [
                f"{named(package)} needs Rust {package['rust_version']}"
                for package in built
                if package["rust_version"] and version(package["rust_version"]) > version(oldest)
            ],
        ),
    ]
    for what, count, wrong in checks:
        print(f"{count:4} {what}" + (": not so" if wrong else ""))
        for line in wrong:
            print(f"     {line}")
    sys.exit(any(wrong for _, _, wrong in checks))


main()

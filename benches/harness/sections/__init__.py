"""What is measured, a file each: `measure(bench)` gives the `Part` of docs/performance.md."""

from . import journey, memory, plain, start, tls, users

SECTIONS = {"plain": plain, "tls": tls, "journey": journey, "users": users, "start": start, "memory": memory}
# Those that run unless others are named: the memory of a long run takes ten minutes.
USUAL = ["plain", "tls", "journey", "users", "start"]

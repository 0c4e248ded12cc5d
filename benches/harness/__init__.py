"""What `benches/peers.py` stands on.

child       a program on a core of its own: what it said, what it cost
target      nginx, on another core
generators  the load generators: how each is asked, and what its answer means
rounds      contenders that take turns; medians and ratios
page        tables, bounds, and their place in docs/performance.md
bench       what a section gets: generators, options, the machine
sections    what is measured: plain, tls, journey, users, start, memory

Imports run upwards in this list only.
"""

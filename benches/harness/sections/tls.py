"""The plain GET over TLS 1.3.

In: the generators that can be told to trust any certificate. Out: their table. Handshakes are in it, resumption isn't.
"""

from .. import page
from ..generators import Load
from ..target import PLAIN_BYTES, nginx
from . import peers

NAMES = ["loadgate", "wrk", "oha", "h2load"]
CONNECTIONS = 64


def measure(bench):
    seconds = bench.seconds(5)
    with nginx(bench.target_core) as target:
        results = bench.alternate(bench.contenders(NAMES, Load(target.tls_url(), CONNECTIONS, seconds)))
    text = [
        f"The same over TLS 1.3: a file of {PLAIN_BYTES} bytes, {CONNECTIONS} keep-alive connections, a self-signed "
        "certificate with a P-256 key.",
        peers.table(results, ["wrk"]),
        bench.left_out(NAMES, results.failures),
        bench.where(NAMES, seconds),
    ]
    return page.Part("\n\n".join(filter(None, text)), peers.bounds(results, "loadgate", {"wrk": 1.15}))

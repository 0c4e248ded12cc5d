"""The target: nginx, one worker on a core of its own, on free ports.

In: `nginx.conf`. Out: its URLs while it runs. Keeps nothing: the folder and the certificate are gone with it.
"""

import resource
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import child

CONFIGURATION = Path(__file__).parent.parent / "nginx.conf"
# Bytes of the file that `/` is.
PLAIN_BYTES = 65


@dataclass(frozen=True)
class Target:
    """Where nginx listens."""

    port: int
    tls_port: int

    def url(self, path="/"):
        return f"http://127.0.0.1:{self.port}{path}"

    def tls_url(self, path="/"):
        return f"https://127.0.0.1:{self.tls_port}{path}"


@contextmanager
def nginx(core, sized_bytes=PLAIN_BYTES):
    """nginx while the block lasts; `/sized` answers with as many bytes as asked for."""
    with tempfile.TemporaryDirectory(prefix="loadgate-bench-") as folder:
        folder = Path(folder)
        folder.chmod(0o755)
        (folder / "html").mkdir()
        (folder / "html" / "index.html").write_text("0" * PLAIN_BYTES)
        certificate(folder)
        target = Target(*free_ports(2))
        configure(folder, target, sized_bytes)
        command = [shutil.which("nginx"), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
        with child.started(command, core) as process:
            wait_for(target, process, folder / "error.log")
            yield target


def configure(folder, target, sized_bytes):
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    values = {"PORT": target.port, "TLS_PORT": target.tls_port, "FILES": files, "SIZED": "0" * sized_bytes}
    text = CONFIGURATION.read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(text)


def certificate(folder):
    """A self-signed certificate with an EC key."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    command += " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem"
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def wait_for(target, process, log):
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", target.port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    reason = log.read_text().strip().splitlines()[-1:] if log.exists() else []
    raise child.Failed(f"nginx did not start: {''.join(reason) or 'it gave no reason'}")

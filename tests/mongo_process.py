"""The tests' MongoDB server as a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS = 30


@contextmanager
def started(folder: Path, *options: str, port: int = 0) -> Iterator[str]:
    """host:port of a server that keeps its data in `folder`; it is stopped afterwards."""
    log = folder / "mongo.log"
    command = [str(Path(sys.executable).parent / "secantusd-py"), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, "--storage-path", str(folder / "mongo"), "--sync-on-commit", *options], stdout=out, stderr=out
        )
    try:
        yield f"127.0.0.1:{_port(server, log)}"
    finally:
        server.terminate()
        server.wait(SECONDS)


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        found = re.search(r"127\.0\.0\.1:(\d+)", log.read_text("utf-8", "replace"))
        if found and int(found[1]):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"the MongoDB server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")

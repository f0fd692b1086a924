"""The right to read a source alone, on whatever machine: held in the store, lost when nobody renews it.

A holder that was taken for dead and wakes up again writes nothing more: each of its batches gives the number that it
got with the lease, and the store knows whether somebody else has got a later one since.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from config.schema import Source
from pipelines.store.base import Store

SECONDS = 60.0
"""How long a lease holds without being renewed; it is renewed at a third of that."""
ELSEWHERE = "is being read by another process"
"""Why a run did not begin."""
SOURCE = "source:"
HOST = "host:"


def names_of(source: Source) -> tuple[str, ...]:
    """What must be held to read a source: itself, and each web server that it goes to."""
    addresses = [source.home, *(entrance.url for entrance in source.entrance)]
    hosts = {urlsplit(address).netloc.lower() for address in addresses} | set(source.hosts) | set(source.links_to)
    return (SOURCE + source.id, *sorted(HOST + host for host in hosts))


def own_name() -> str:
    """An owner: machine, its process numbers' namespace (containers have their own), process with the moment of its
    start (numbers come again), and something unique."""
    process = f"{os.getpid()}@{_began(os.getpid()) or ''}"
    return f"{socket.gethostname()} {_namespace()} {process} {uuid.uuid4().hex[:8]}"


def _namespace() -> int:
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def is_dead(owner: str) -> bool:
    """Whether `owner` was a process of this machine that is no more; False where that cannot be known."""
    host, _, rest = owner.rpartition(" ")[0].partition(" ")
    namespace, _, process = rest.partition(" ")
    if not _namespace() or (host, namespace) != (socket.gethostname(), str(_namespace())):
        return False
    number, _, since = process.partition("@")
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    # There is one of this number: a later one, or one that was killed and that nobody has asked about yet.
    return bool(since) and _began(int(number)) not in (since, None)


def _began(process: int) -> str | None:
    """When a process began, in clock ticks since the machine did: proc(5), /proc/pid/stat, the 22nd field.

    Empty for one that was killed and is still listed, None where it cannot be read.
    """
    try:
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "" if told[0] in "ZX" else told[19]


class Lease:
    """Some names, held together or not at all. Every method talks to the store and raises StoreError."""

    def __init__(self, store: Store, names: Sequence[str], owner: str, seconds: float = SECONDS) -> None:
        self._store = store
        self._names = tuple(names)
        self._owner = owner
        self.seconds = seconds
        self._numbers: dict[str, int] = {}

    def take(self) -> str:
        """Take all; else none, and the answer is the name that another owner has."""
        for name in self._names:
            number = self._store.lease(name, self._owner, self.seconds)
            if not number and is_dead(holder := self._store.leases().get(name, "")):
                # Killed on this machine: nobody has to wait until its time is over.
                self._store.release(name, holder)
                number = self._store.lease(name, self._owner, self.seconds)
            if not number:
                self.release()
                return name
            self._numbers[name] = number
        return ""

    def renew(self) -> bool:
        """Hold on to them; False where one was lost in the meantime."""
        return bool(self._numbers) and all(
            self._store.lease(name, self._owner, self.seconds) == number for name, number in self._numbers.items()
        )

    def write(self) -> bool:
        """To be called with each batch: False where somebody has taken over, and nothing may be written any more."""
        return bool(self._numbers) and all(self._store.fence(name, number) for name, number in self._numbers.items())

    def release(self) -> None:
        """Give them back."""
        for name in self._numbers:
            self._store.release(name, self._owner)
        self._numbers = {}


# ---------------------------------------------------------------- in SQLite
_TABLE = """CREATE TABLE IF NOT EXISTS leases (
    _id TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL, number INTEGER NOT NULL
)"""


def _now() -> int:
    """Milliseconds by the store's clock, which is this machine's as the store is."""
    return round(datetime.now(UTC).timestamp() * 1000)


def lease(connection: sqlite3.Connection, name: str, owner: str, seconds: float) -> int:
    """See `Store.lease`."""
    connection.execute(_TABLE)
    now, number = _now(), 1
    row = connection.execute("SELECT owner, until, number FROM leases WHERE _id = ?", (name,)).fetchone()
    if row:
        if row[0] != owner and row[1] > now:
            return 0
        number = row[2] if row[0] == owner and row[1] else row[2] + 1
    values = (name, owner, now + round(seconds * 1000), number)
    connection.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?)", values)
    return int(number)


def release(connection: sqlite3.Connection, name: str, owner: str) -> None:
    """See `Store.release`; the number stays, the next owner gets a later one."""
    connection.execute(_TABLE)
    connection.execute("UPDATE leases SET until = 0 WHERE _id = ? AND owner = ?", (name, owner))


def fence(connection: sqlite3.Connection, name: str, number: int) -> bool:
    """See `Store.fence`."""
    connection.execute(_TABLE)
    return (
        connection.execute("SELECT 1 FROM leases WHERE _id = ? AND number = ?", (name, number)).fetchone() is not None
    )


def leases(connection: sqlite3.Connection) -> dict[str, str]:
    """See `Store.leases`."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'leases'").fetchone():
        return {}
    return dict(connection.execute("SELECT _id, owner FROM leases WHERE until > ?", (_now(),)))

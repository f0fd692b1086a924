"""`open_store(uri)`: the only place that knows which stores there are."""

from __future__ import annotations

from pathlib import Path

from pipelines.store.base import Store


def open_store(uri: str, *, database: str = "marsad", timezone: str = "Asia/Baghdad") -> Store:
    """The store at `uri`: mongodb://…, mongodb+srv://…, sqlite:///absolute/path or the path of a file.

    `database` is MongoDB's, where the URI names none; `timezone` (IANA) decides which day a new article belongs to.
    Opening neither writes nor connects: a store that is not there yet answers like an empty one until the first write.
    Raises StoreError for a URI that no store understands.
    """
    if uri.startswith(("mongodb://", "mongodb+srv://")):
        # pymongo takes 0.3 s to import, which a command on the embedded store need not wait for.
        from pipelines.store.mongo import MongoStore

        return MongoStore(uri, database, timezone)
    from pipelines.store.sqlite import SQLiteStore

    return SQLiteStore(Path(uri.removeprefix("sqlite://")), timezone)

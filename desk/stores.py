"""The store that the environment names."""

from __future__ import annotations

from config import settings
from pipelines.store import open_store
from pipelines.store.base import Store


def configured_store() -> Store:
    """MongoDB where MONGO_URI is set, else the embedded file; opened for reading, made by whoever writes first."""
    return open_store(settings.STORE, database=settings.MONGO_DATABASE, timezone=settings.MARSAD_TIMEZONE)

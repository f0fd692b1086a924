"""The party wall: the crawler writes, the desk reads. Two stores, one behaviour."""

from pipelines.store.open import open_store

__all__ = ["open_store"]

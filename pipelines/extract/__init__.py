"""A page's bytes -> the article on it, or why there is none: `extract`."""

from pipelines.extract.page import DISBELIEVED, EXTRACTOR, extract

__all__ = ["DISBELIEVED", "EXTRACTOR", "extract"]

"""Scrapy settings, and the only reader of the environment."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: relative folders below are inside it, whatever directory a command is called from."""

# ---------------------------------------------------------------- what an operator sets in the environment
MARSAD_CONFIG = os.environ.get("MARSAD_CONFIG") or str(ROOT / "config" / "local")
"""Folder with the operator's own sources, watchlist and alerts, laid over the shipped ones."""
MARSAD_DATA = os.environ.get("MARSAD_DATA") or str(ROOT / "data")
"""Folder of the embedded store and of everything else that is written."""
MARSAD_TIMEZONE = os.environ.get("MARSAD_TIMEZONE") or "Asia/Baghdad"
"""The desk's time zone: decides which day an article belongs to. Attacks at 02:00 there are the day before in UTC."""
MARSAD_CONTACT = os.environ.get("MARSAD_CONTACT") or ""
"""Address (mail or web) by which an outlet can reach you; part of the user agent."""
MONGO_URI = os.environ.get("MONGO_URI") or ""
"""Set: articles are stored in this MongoDB. Empty: in the embedded store."""
MONGO_DATABASE = os.environ.get("MONGO_DATABASE") or "marsad"
STORE = MONGO_URI or str(Path(MARSAD_DATA) / "marsad.sqlite")
"""The store that commands use."""

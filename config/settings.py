"""Scrapy settings, and the only reader of the environment."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: relative folders below are inside it, whatever directory a command is called from."""

# ---------------------------------------------------------------- what an operator sets in the environment
MARSAD_CONFIG = str(ROOT / (os.environ.get("MARSAD_CONFIG") or "config/local"))
"""Folder with the operator's own sources, watchlist and alerts, laid over the shipped ones."""
MARSAD_DATA = str(ROOT / (os.environ.get("MARSAD_DATA") or "data"))
"""Folder of the embedded store and of everything else that is written."""
MARSAD_ARCHIVE = str(ROOT / (os.environ.get("MARSAD_ARCHIVE") or Path(MARSAD_DATA) / "archive"))
"""Folder of the pages that are kept as they were on the wire."""
MARSAD_TIMEZONE = os.environ.get("MARSAD_TIMEZONE") or "Asia/Baghdad"
"""The desk's time zone: decides which day an article belongs to. Attacks at 02:00 there are the day before in UTC."""
MARSAD_CONTACT = os.environ.get("MARSAD_CONTACT") or ""
"""Address (mail or web) by which an outlet can reach you; part of the user agent."""
MONGO_URI = os.environ.get("MONGO_URI") or ""
"""Set: articles are stored in this MongoDB. Empty: in the embedded store."""
MONGO_DATABASE = os.environ.get("MONGO_DATABASE") or "marsad"
MARSAD_BROKER = os.environ.get("MARSAD_BROKER") or ""
"""Broker of a cluster: redis://… or amqp://…"""
MARSAD_HEARTBEAT = os.environ.get("MARSAD_HEARTBEAT") or ""
"""Address that is asked for after each pass of alerts, so that somebody elsewhere misses it when passes end."""
STORE = MONGO_URI or str(Path(MARSAD_DATA) / "marsad.sqlite")
"""The store that commands use."""
CONTACT_FAULT = (
    ""
    if re.search(r"[^@\s]@[^@\s]+\.|https?://[^\s/]+\.", MARSAD_CONTACT)
    else "MARSAD_CONTACT is not set to a mail or web address: outlets must be able to reach whoever reads them"
)
"""Why no outlet may be read yet; empty where it may. This machine may be read by anybody."""
USER_AGENT = "Marsad/0.1 (Arabic news monitor" + (f"; {MARSAD_CONTACT})" if MARSAD_CONTACT else ")")


def secret(variable: str) -> str:
    """What the variable that a channel of alerts names holds; empty where it is not set."""
    return os.environ.get(variable, "").strip()


# ---------------------------------------------------------------- Scrapy: where our parts are
BOT_NAME = "marsad"
SPIDER_MODULES = ["crawler.spiders"]
SPIDER_LOADER_CLASS = "crawler.loader.SourceLoader"
DOWNLOAD_HANDLERS = {
    "http": "crawler.wire.WireHandler",
    "https": "crawler.wire.WireHandler",
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "crawler.guard.SourceHosts": 50,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.hosts.Robots": 100,
    "crawler.hosts.Rest": 560,  # nearer the wire than retries (550), behind HttpCompression (590)
    "crawler.wire.WireBodies": 595,  # nearer the wire than HttpCompression (590), after redirects (600)
    "crawler.politeness.DailyBudget": 840,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # no source has a password
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "crawler.wire.MetaRefresh": 580,
}
SPIDER_MIDDLEWARES = {
    # An error status is an answer that the store has to remember.
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
EXTENSIONS = {"crawler.politeness.CrawlDelay": 500, "crawler.runs.RunRecord": 500}
ITEM_PIPELINES = {"pipelines.stages.ReadStage": 100, "pipelines.stages.StoreStage": 800}
LOG_FORMATTER = "crawler.runs.BriefLog"
STATS_CLASS = "crawler.runs.Counters"

# ---------------------------------------------------------------- Scrapy: safe and gentle
REMOTE_CONTROL_ENABLED = False  # an HTTP server that executes Python
TELNETCONSOLE_ENABLED = False
ROBOTSTXT_OBEY = True
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = 16 * 1024**2
DOWNLOAD_TIMEOUT = 30
CLOSESPIDER_TIMEOUT = 1800
MEMUSAGE_LIMIT_MB = 1024
HTTPPROXY_ENABLED = False  # behind a proxy nobody could check which address is connected to
COOKIES_ENABLED = False
METAREFRESH_MAXDELAY = 5  # longer ones are pages that reload themselves
REDIRECT_MAX_TIMES = 5
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 1
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "ar,en;q=0.3",
}

# ---------------------------------------------------------------- Scrapy: how it runs
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"  # entrances list the newest first
CONCURRENT_ITEMS = 1  # of one response: more would only cost a hundred tasks a page; a page gives one item
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 32 * 1024**2  # a full batch of ordinary pages may wait for the writer
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"
LOGSTATS_INTERVAL = 0
DEFAULT_DROPITEM_LOG_LEVEL = "DEBUG"

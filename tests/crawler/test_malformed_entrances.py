"""Whatever state an entrance is in, its crawl ends, says so, and reads the others."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from crawls import ROOT, Desk
from malformed import WHOLE, malformed
from site_on_loopback import PARAGRAPH, Site, article_page, feed, write_source

from config.schema import Source
from crawler.discovery import discover
from pipelines.store.base import Run

HOME = "https://paper.example/"


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "index"])
def test_undamaged_ones_give_their_links(name: str) -> None:
    kind, text = WHOLE[name]
    entrance = {"kind": kind, "url": f"{HOME}x"}
    source = Source.model_validate(
        {"id": "paper", "name": "p", "home": HOME, "article": "/news/", "entrance": [entrance]}
    )
    found = discover(source, kind, text.format(home=HOME).encode(), f"{HOME}x")  # type: ignore[arg-type]
    assert not found.fault
    assert f"{HOME}news/1" in [link.url for link in found.links]
    assert found.counts["kept"] == len(found.links)


def in_one_process(desk: Desk, *sources: str) -> list[Run]:
    """Crawls at the same time in one crawl process, and the records of their runs."""
    orders = "".join(json.dumps({"source": source, "run": source}) + "\n" for source in sources)
    command = [sys.executable, "-m", "crawler.many"]
    answer = subprocess.run(
        command, cwd=ROOT, env=desk.environment, input=orders, capture_output=True, text=True, timeout=900, check=True
    )
    desk.log = answer.stderr
    runs = {run.id: run for run in desk.store.runs(limit=None)}
    return [runs[source] for source in sources]


def test_more_than_200_malformed_entrances_stop_neither_the_crawl_nor_the_good_ones(desk: Desk) -> None:
    pages = {
        path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path)
        for path in ("/news/1", "/news/2", "/news/99")
    }
    with Site(pages) as site, Site({}, host="127.0.0.2") as other:
        corpus = list(malformed(site.url))
        assert len(corpus) >= 200
        assert len({path for _, path, _ in corpus}) == len(corpus)
        site.replies |= {path: reply for _, path, reply in corpus}
        site.replies["/good.xml"] = feed(site.url, ["/news/99"])
        entrances = "\n".join(f"{kind} {path[1:]}" for kind, path, _ in corpus if kind)
        write_source(desk.config, "paper", site.url, entrances=f"{entrances}\nfeed good.xml", article="'/news/[0-9]+'")
        other.replies |= {"/news/1": site.replies["/news/1"], "/rss.xml": feed(other.url, ["/news/1"])}
        write_source(desk.config, "neighbour", other.url)
        run, neighbour = in_one_process(desk, "paper", "neighbour")
    assert (neighbour.state, neighbour.new) == ("done", 1)
    assert run.reason == "finished", desk.log
    assert "Traceback" not in desk.log
    states = {url.removeprefix(site.url): state for url, state in run.entrances.items()}
    assert len(states) >= sum(1 for kind, _, _ in corpus if kind)
    assert states["good.xml"] == "read"
    failed = {name: state for name, state in states.items() if state != "read"}
    assert all(state.startswith("failed: ") and "Error)" not in state for state in failed.values())
    for name, why in {
        "feed-50-mb": "larger than 5242880 bytes",
        "feed-packed-bomb": "larger than 5242880 bytes",
        "sitemap-gzip-bomb": "after gunzip",
        "sitemap-60-mb": "larger than",
        "loop-self": "which led to it",
        "loop-b": "which led to it",
        "chain-3": "lies deeper",
        "feed-empty": "not a readable feed",
        "sitemap-error-page": "not a readable sitemap",
    }.items():
        assert why in states[name], (name, states[name])
    # 50,000 of its addresses, where the machine is not too busy for that.
    assert states["sitemap-50-mb"] in ("read", "failed: could not be read: it took too long")
    stored = {document["url"] for document in desk.store.dump("articles")}
    assert {f"{site.url}news/1", f"{site.url}news/2", f"{site.url}news/99"} <= stored

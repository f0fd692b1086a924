"""`marsad sources check` and `discover`, on newspapers of our own."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

from marsad_process import Marsad
from site_on_loopback import PARAGRAPH, Reply, Site, article_page, feed, sitemap, write_source

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


def newspaper(site: Site) -> None:
    """Articles /news/<id>-<slug>, a feed that the home page names, a sitemap that robots.txt names."""
    paths = [f"/news/{number}-khabar" for number in range(1001, 1021)]
    site.replies |= {path: article_page(f"الخبر {path} من أخبار اليوم", PARAGRAPH, path) for path in paths}
    site.replies["/tazah.xml"] = feed(site.url, paths[:8])
    site.replies["/map.xml"] = sitemap(site.url, dict.fromkeys(paths, datetime(2026, 11, 20, tzinfo=UTC)))
    site.replies["/robots.txt"] = Reply(f"User-agent: *\nAllow: /\nSitemap: {site.url}map.xml".encode())
    home = (
        '<html lang="ar"><head><title>صحيفة الضفة | الرئيسية</title>'
        '<meta property="og:site_name" content="صحيفة الضفة">'
        '<link rel="alternate" type="application/rss+xml" href="/tazah.xml">'
        '<link rel="alternate" type="application/rss+xml" href="/gone.xml"></head><body>'
        + "".join(f'<a href="{path}">خبر</a>' for path in paths[:5])
        + '<a href="/about">من نحن</a></body></html>'
    )
    site.replies["/"] = Reply(home.encode())


def test_discover_proposes_a_file_that_then_works(marsad: Marsad) -> None:
    with Site({}) as site:
        newspaper(site)
        answer = marsad("sources", "discover", site.url, "--private", "--write")
        proposed = tomllib.loads(answer.stdout.decode())
        assert proposed["name"] == "صحيفة الضفة"
        assert [(e["kind"], e["url"], str(e["worked"])) for e in proposed["entrance"]] == [
            ("feed", f"{site.url}tazah.xml", TODAY),
            ("sitemap", f"{site.url}map.xml", TODAY),
        ]
        assert "gone.xml: answers 404" in answer.stderr.decode()
        (file,) = (marsad.config / "sources").iterdir()
        (run,) = marsad.lines("crawl", "--json", file.stem)
        assert (run["state"], run["new"]) == ("done", 20)
        assert run["links"]["kept"] == 28
        assert b"is there already" in marsad("sources", "discover", site.url, "--private", "--write", code=2).stderr
        (line,) = marsad.lines("sources", "check", "--json", file.stem)
        assert line["verdict"] == "works"


def test_discover_says_what_is_wrong(marsad: Marsad) -> None:
    with Site({"/": Reply(b"<html><body>nothing</body></html>")}) as site:
        marsad("sources", "discover", site.url, code=1)
        assert b"not a public address" in marsad("sources", "discover", site.url, code=1).stderr
        answer = marsad("sources", "discover", site.url, "--private", code=3)
        assert b"no entrance lists an article" in answer.stderr
        assert b"answers 404" in marsad("sources", "discover", f"{site.url}x", "--private", code=1).stderr
    assert b"MARSAD_CONTACT" in marsad("sources", "discover", "https://paper.invalid/", code=2).stderr


def test_check_tells_works_from_partly_from_fails_and_keeps_it(marsad: Marsad) -> None:
    with Site({}) as site:
        newspaper(site)
        write_source(marsad.config, "good", site.url, entrances="feed tazah.xml\nsitemap map.xml")
        write_source(marsad.config, "half", site.url, entrances="feed tazah.xml\nfeed gone.xml", enabled="false")
        write_source(marsad.config, "none", site.url, entrances="feed gone.xml", article="'/news/'")
        file = marsad.config / "sources" / "half.toml"
        file.write_text("# my own words\n" + file.read_text("utf-8"), "utf-8")
        reports = {r["source"]: r for r in marsad.lines("sources", "check", "--json", "good")}
        assert reports["good"]["robots"] == "allows"
        assert [(e["state"], e["links"]) for e in reports["good"]["entrances"]] == [("read", 8), ("read", 20)]
        article = reports["good"]["article"]
        assert article["title"].startswith("الخبر")
        assert article["characters"] > 100

        table = marsad("sources", "check", "good", "half", "none", "--write", code=3).stdout.decode()
        assert "answers 404" in table
        keys = {
            name: tomllib.loads((marsad.config / "sources" / f"{name}.toml").read_text("utf-8"))
            for name in ("good", "half", "none")
        }
        assert {name: table["enabled"] for name, table in keys.items()} == {"good": True, "half": True, "none": False}
        assert {str(table["checked"]) for table in keys.values()} == {TODAY}
        assert file.read_text("utf-8").startswith("# my own words\n")

        site.replies["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /")
        (line,) = marsad.lines("sources", "check", "--json", "good", code=1)
        assert (line["robots"], line["verdict"]) == ("forbids", "fails")
        assert "robots.txt" in line["entrances"][0]["state"]


def test_results_are_not_kept_where_nothing_answers(marsad: Marsad) -> None:
    for name in ("one", "two"):
        write_source(marsad.config, name, "http://127.0.0.1:9/")
    before = (marsad.config / "sources" / "one.toml").read_text("utf-8")
    assert b"nothing was written" in marsad("sources", "check", "one", "two", "--write", code=2).stderr
    assert (marsad.config / "sources" / "one.toml").read_text("utf-8") == before


def test_bare_crawl_and_check_reach_for_no_outlet_before_a_contact_is_set(marsad: Marsad) -> None:
    assert b"27 enabled outlets are not read" in marsad("crawl", code=2).stderr
    assert b"MARSAD_CONTACT" in marsad("crawl", "ina", code=2).stderr
    assert b"MARSAD_CONTACT" in marsad("sources", "check", code=2).stderr
    assert not (marsad.folder / "data" / "marsad.sqlite").exists()

# ruff: noqa: E501 (feeds as they come)
"""More than 200 feeds, sitemaps and section pages in every kind of bad state, generated."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator

from site_on_loopback import Reply

RSS_2 = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>صحيفة</title><link>{home}</link>
<item><title>خبر أول</title><link>{home}news/1</link><pubDate>Sat, 14 Nov 2026 09:00:00 +0300</pubDate></item>
<item><title>خبر ثان</title><link>{home}news/2?utm_source=rss&amp;id=2</link></item></channel></rss>"""
RSS_091 = """<?xml version="1.0" encoding="utf-8"?><rss version="0.91"><channel><title>صحيفة</title><link>{home}</link>
<description>أخبار</description><language>ar</language>
<item><title>خبر أول</title><link>{home}news/1</link><description>نص</description></item></channel></rss>"""
RDF = """<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="{home}"><title>صحيفة</title><link>{home}</link></channel>
<item rdf:about="{home}news/1"><title>خبر</title><link>{home}news/1</link><dc:date>2026-11-14T09:00:00+03:00</dc:date></item>
</rdf:RDF>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>صحيفة</title>
<entry><title>خبر</title><link rel="alternate" href="{home}news/1"/><updated>2026-11-14T09:00:00Z</updated></entry></feed>"""
JSON_FEED = """{{"version": "https://jsonfeed.org/version/1.1", "title": "صحيفة", "items": [
{{"id": "1", "url": "{home}news/1", "date_published": "2026-11-14T09:00:00+03:00"}}, {{"id": "2", "external_url": "news/2"}}]}}"""
SITEMAP = """<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><image:image><image:loc>{home}images/1.jpg</image:loc></image:image><loc>{home}news/1</loc>
<news:news><news:publication_date>2026-11-14T09:00:00+03:00</news:publication_date><news:title>خبر</news:title></news:news></url>
<url><loc>{home}news/2</loc><lastmod>2026-11-14</lastmod></url></urlset>"""
INDEX = """<?xml version="1.0" encoding="utf-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>{home}nowhere.xml</loc><lastmod>2026-11-14</lastmod></sitemap></sitemapindex>"""
SECTION = """<!doctype html><html><head><meta charset="utf-8"><base href="{home}"></head><body>
<a href="news/1">خبر أول</a><a href="/news/2#comments">خبر ثان</a><a href="mailto:x@y.z">راسلنا</a></body></html>"""
WHOLE = {
    "rss2": ("feed", RSS_2),
    "rss091": ("feed", RSS_091),
    "rdf": ("feed", RDF),
    "atom": ("feed", ATOM),
    "json": ("feed", JSON_FEED),
    "sitemap": ("sitemap", SITEMAP),
    "index": ("sitemap", INDEX),
    "section": ("section", SECTION),
}
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
BOMBS = {
    "laughs": f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a11 "{"x" * 200_000}">]>',
    "external": '<!DOCTYPE x [<!ENTITY a11 SYSTEM "file:///etc/passwd">]>',
    "dtd": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
}


def malformed(home: str) -> Iterator[tuple[str, str, Reply]]:
    """Kind, path and reply of each; no kind where it is reached through another. `home` ends in a slash."""
    random_ = random.Random(20261124)
    bodies: list[tuple[str, str, bytes]] = []
    for name, (kind, text) in WHOLE.items():
        whole = text.format(home=home).encode()
        bodies += [(kind, f"{name}-cut-{part}", whole[: len(whole) * part // 13]) for part in range(1, 13)]
        for number in range(8):
            damaged = bytearray(whole)
            for _ in range(max(2, len(damaged) // 60)):
                damaged[random_.randrange(len(damaged))] = random_.randrange(256)
            bodies.append((kind, f"{name}-damaged-{number}", bytes(damaged)))
        other = text.format(home=home)
        bodies += [
            (kind, f"{name}-cp1256-as-utf8", other.encode("cp1256", "replace")),
            (kind, f"{name}-utf8-as-cp1256", other.replace("utf-8", "windows-1256").encode()),
            (kind, f"{name}-utf16-as-utf8", other.encode("utf-16-le")),
            (kind, f"{name}-unknown-encoding", other.replace("utf-8", "x-nonsense").encode()),
            (kind, f"{name}-nul", whole.replace(b"news", b"ne\x00ws")),
            (kind, f"{name}-space-before", b"\n  \xef\xbb\xbf" + whole),
            (kind, f"{name}-gzip-cut", gzip.compress(whole)[:-9]),
            (kind, f"{name}-bare-ampersand", whole.replace(b"news/1", b"news/1?a=1&b=2")),
        ]
    for kind, text in (("feed", RSS_2), ("feed", ATOM), ("sitemap", SITEMAP), ("sitemap", INDEX)):
        for name, doctype in BOMBS.items():
            body = text.format(home=home).replace("?>", f"?>{doctype}", 1).replace("news/1", f"{'&a11;' * 200}")
            bodies.append((kind, f"bomb-{name}-{len(bodies)}", body.encode()))
    for kind in ("feed", "sitemap", "section"):
        deep = "<a>" * 200_000
        bodies += [
            (kind, f"{kind}-empty", b""),
            (kind, f"{kind}-spaces", b" \n" * 1000),
            (kind, f"{kind}-binary", random_.randbytes(20_000)),
            (kind, f"{kind}-deep", f"<?xml version='1.0'?>{deep}".encode()),
            (kind, f"{kind}-deep-json", b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 200_000),
            (kind, f"{kind}-attributes", b"<rss " + b" ".join(b'a%d="x"' % n for n in range(100_000)) + b">"),
            (kind, f"{kind}-error-page", b"<html><body><h1>Fatal error</h1> on line 12</body></html>"),
            (kind, f"{kind}-gzip-bomb", gzip.compress(b"<urlset>" + b" " * 300_000_000)),
        ]
    yield from ((kind, f"/{name}", Reply(body, headers={"Content-Type": "text/xml"})) for kind, name, body in bodies)
    packed = {"Content-Type": "text/xml", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"<urlset>" + b" " * 300_000_000)
    yield from ((kind, f"/{kind}-packed-bomb", Reply(bomb, headers=packed)) for kind in ("feed", "sitemap", "section"))
    row = f"<item><title>x</title><link>{home}news/1</link></item>".encode()
    yield "feed", "/feed-50-mb", Reply(b"<rss><channel>" + row * (50_000_000 // len(row)) + b"</channel></rss>")
    row = f"<url><loc>{home}news/1</loc><lastmod>2026-11-14</lastmod></url>".encode()
    fifty = b"<urlset>" + row * (50_000_000 // len(row)) + b"</urlset>"
    yield "sitemap", "/sitemap-50-mb", Reply(fifty)
    yield "sitemap", "/sitemap-60-mb", Reply(fifty + b" " * 10_000_000)
    loops = {"/loop-self": ["/loop-self"], "/loop-a": ["/loop-b"], "/loop-b": ["/loop-a"]}
    loops |= {f"/chain-{n}": [f"/chain-{n + 1}"] for n in range(8)}
    for path, targets in loops.items():
        rows = "".join(f"<sitemap><loc>{home}{target[1:]}</loc></sitemap>" for target in targets)
        kind = "sitemap" if path in ("/loop-self", "/loop-a", "/chain-0") else ""
        yield kind, path, Reply(f"<sitemapindex>{rows}</sitemapindex>".encode())
    items = [{"url": f"javascript:{n}"} for n in range(50)]
    yield "feed", "/no-links", Reply(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}).encode())

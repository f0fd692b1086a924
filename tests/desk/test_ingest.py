"""Texts that came another way, through the same pipeline."""

from __future__ import annotations

import json

from marsad_process import Marsad

LINES: list[dict[str, object]] = [
    {
        "id": 7,
        "text": "عاجل: صواريخ تستهدف قاعدة عين الأسد\nقال مصدر أمني إن الدفاعات تصدت لها.",
        "published": "2026-11-20T21:00:00",
    },
    {
        "url": "https://t.me/one/8",
        "title": "حركة النجباء تنفي",
        "text": "نفت حركة النجباء صلتها بالهجوم على القاعدة.",
        "author": "قناة",
    },
    {"id": 9, "text": "The base was attacked, a spokesman said, and nobody was hurt in the incident."},
]


def test_ingest_stores_what_a_crawl_would_and_repeats_nothing(marsad: Marsad) -> None:
    file = marsad.folder / "export.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in LINES) + "\n", encoding="utf-8")
    (report,) = marsad.lines("ingest", "--json", "export.jsonl", "--source", "telegram-one")
    assert (report["outcomes"], report["rejected"], report["faults"]) == ({"new": 2}, {"not_arabic": 1}, [])
    assert b"2 unchanged" in marsad("ingest", "export.jsonl", "--source", "telegram-one").stdout
    (first,) = marsad.lines("find", "--json", "--entity", "iq-ain-al-asad")
    assert first["title"] == "عاجل: صواريخ تستهدف قاعدة عين الأسد"
    assert first["published"] == "2026-11-20T18:00:00Z"  # without offset: the desk's zone
    assert (first["source"], first["provenance"]["extractor"]) == ("telegram-one", "ingest export.jsonl")
    (second,) = marsad.lines("find", "--json", "--entity", "nujaba")
    assert marsad.lines("show", "--json", second["_id"])[0]["url"] == "https://t.me/one/8"
    assert [run["source"] for run in marsad.lines("runs", "--json")] == ["telegram-one"] * 2

    edited = LINES[0] | {"text": str(LINES[0]["text"]).replace("تصدت لها", "أخفقت")}
    stdin = json.dumps(edited).encode()
    (report,) = marsad.lines("ingest", "--json", "-", "--source", "telegram-one", stdin=stdin)
    assert report["outcomes"] == {"revised": 1}


def test_lines_that_cannot_be_understood_are_named_and_the_others_stored(marsad: Marsad) -> None:
    lines = [b"{", b'{"id": 1}', b'{"text": "x", "colour": 1}', b'{"text": "x", "published": "soon"}']
    stdin = b"\n".join([*lines, json.dumps(LINES[1]).encode()])
    answer = marsad("ingest", "-", "--source", "stars", code=1, stdin=stdin)
    assert b"1 new" in answer.stdout
    assert [f"line {n}".encode() in answer.stderr for n in (1, 2, 3, 4, 5)] == [True] * 4 + [False]
    marsad("ingest", "nowhere.jsonl", "--source", "stars", code=2)
    marsad("ingest", "-", "--source", "Not A Name", code=2)

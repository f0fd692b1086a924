"""What analysts type, in processes of their own: find, timeline, top, stories, revisions, export and back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import resource
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import FETCHED, an_article
from marsad_process import MARSAD, Marsad

from desk.export import cell, extended_json_line, json_line, load_articles
from pipelines.records import Article, Mention
from pipelines.store import open_store
from pipelines.store.base import Document, Store
from pipelines.store.query import EVERYTHING, Word

DAY = timedelta(days=1)
NUJABA = Mention("nujaba", "militia", "النجباء", "body", 0, 7, "name")


def articles() -> list[Article]:
    made = [an_article(n, source=("paper", "other")[n % 2], published=FETCHED - n * DAY) for n in range(30)]
    for n in (2, 5, 9):
        mentions = (*made[n].mentions, NUJABA)
        made[n] = replace(made[n], mentions=mentions, entities=("iq-ain-al-asad", "nujaba"))
    made[7] = replace(made[7], title="=HYPERLINK(1)", terms=("صاروخ",), words="وصاروخ")
    return made


@pytest.fixture
def desk(marsad: Marsad) -> Marsad:
    """The command with thirty articles, of which one was edited."""
    store = open_store(str(marsad.folder / "data" / "marsad.sqlite"))
    made = articles()
    store.save(made)
    store.save([replace(made[4], title="عنوان مصحح", body="قال مصدر أمني إن طائرات مسيرة هاجمت القاعدة.\nتصحيح.")])
    store.close()
    return marsad


def text(desk: Marsad, *arguments: str, code: int = 0) -> str:
    answer = desk(*arguments, code=code)
    return (answer.stdout if code == 0 else answer.stderr).decode()


def test_find_takes_a_query_options_and_pages(desk: Marsad) -> None:
    everything = [line["_id"] for line in desk.lines("find", "--json")]
    assert len(everything) == 30
    assert [line["_id"] for line in desk.lines("find", "--json", "--sort", "oldest")] == everything[::-1]
    by_query = desk.lines("find", "--json", "entity:nujaba", "-source:other")
    assert [line["_id"] for line in by_query] == [articles()[2].id]
    by_option = desk.lines("find", "--json", "--entity", "النجباء", "--source", "paper", "--until", "2026-12-01")
    assert by_option == by_query
    assert len(desk.lines("find", "--json", "صاروخ")) == 1
    first = text(desk, "find", "--limit", "12")
    assert "12 of 30 articles" in first
    after = first.rpartition("--after ")[2].split()[0]
    assert [line["_id"] for line in desk.lines("find", "--json", "--after", after)] == everything[12:]
    assert [line["_id"] for line in desk.lines("find", "--json", "--after", everything[11])] == everything[12:]
    assert "next page" not in text(desk, "find", "--limit", "30")
    assert "near:PLACE" in text(desk, "find", "--syntax")


def test_mistakes_say_where_and_what_was_expected(desk: Marsad) -> None:
    for query, said in (("kind:bas", "⟦bas⟧"), ("صاروخ OR", "must follow"), ("entity:nujabaa", "alike: nujaba")):
        assert said in text(desk, "find", query, code=2)
    assert "--after" not in text(desk, "find", "--limits", "3", code=2)
    assert "TIME,ID" in text(desk, "find", "--after", "yesterday,x", code=2)
    assert "no index answers mentions:" in desk("find", "--json", "mentions:0").stderr.decode()
    assert desk("find", "--json", "mentions:0 since:2026-01-01").stderr == b""


def test_csv_is_what_excel_opens_and_runs_nothing(desk: Marsad) -> None:
    raw = desk("find", "--csv").stdout
    assert raw.startswith(b"\xef\xbb\xbfid,time,day,")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == 30
    assert [row["title"] for row in rows if "HYPERLINK" in row["title"]] == ["'=HYPERLINK(1)"]
    assert {row["entities"] for row in rows} == {"iq-ain-al-asad", "iq-ain-al-asad; nujaba"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+964", "'+964"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        (-5, "-5"),
        (None, ""),
        (["a", "b"], "a; b"),
        (FETCHED, "2026-11-15 15:00"),
        ("خبر - عاجل", "خبر - عاجل"),
    ],
)
def test_cells(value: object, written: str) -> None:
    assert cell(value) == written


def test_timeline_and_top_count_and_draw(desk: Marsad) -> None:
    days = desk.lines("timeline", "--json", "entity:nujaba")
    assert (days[0], len(days)) == ({"day": "2026-11-06", "articles": 1}, 8)
    assert sum(int(str(day["articles"])) for day in days) == 3
    weeks = desk.lines("timeline", "--json", "--by", "week", "--per", "source", "since:2026-11-02")
    assert weeks[0] == {"week": "2026-11-02", "source": "other", "articles": 4}
    drawn = text(desk, "timeline", "kind:militia", "--by", "week")
    assert "2026-11-09  2 ██" in drawn
    assert "3 articles" in drawn
    assert text(desk, "timeline", "--by", "month", "--csv").splitlines()[0].endswith("month,articles")
    ranked = desk.lines("top", "--json", "--by", "entity")
    assert ranked == [{"entity": "iq-ain-al-asad", "articles": 30}, {"entity": "nujaba", "articles": 3}]
    assert desk.lines("top", "--json", "--by", "pair") == [{"pair": "iq-ain-al-asad nujaba", "articles": 3}]
    assert desk.lines("top", "--json", "--count", "events") == []


def test_stories_and_revisions(desk: Marsad) -> None:
    assert len(desk.lines("stories", "--json", "entity:nujaba")) == 3
    (changed,) = desk.lines("find", "--json", "has:revision")
    (change,) = desk.lines("revisions", "--json", str(changed["_id"]))
    assert change["fields"] == ["title", "body"]
    assert (change["removed"], change["added"]) == (["ولم تعلن جهة مسؤوليتها."], ["تصحيح."])
    shown = text(desk, "revisions", str(changed["_id"]))
    assert "+ عنوان مصحح" in shown
    desk("revisions", "0" * 32, code=1)


def test_a_story_is_told_once_with_all_its_outlets(desk: Marsad) -> None:
    store = open_store(str(desk.folder / "data" / "marsad.sqlite"))
    copies = list(store.find(EVERYTHING, limit=4))
    store.load("articles", [document | {"story": "s1"} for document in copies])
    store.close()
    first, *others = desk.lines("stories", "--json", "since:2026-01-01", "--limit", "3")
    assert (first["story"], first["articles"], first["outlets"]) == ("s1", 4, 2)
    assert len(others) == 2


def test_places_on_a_map(desk: Marsad) -> None:
    target = desk.folder / "map.geojson"
    desk("export", "--format", "geojson", "--output", str(target))
    (feature,) = json.loads(target.read_text(encoding="utf-8"))["features"]
    assert feature["geometry"]["coordinates"] == [42.441, 33.786]
    assert (feature["properties"]["articles"], feature["properties"]["last"]) == (30, "2026-11-15")
    assert [path.name for path in desk.folder.glob("map*")] == ["map.geojson"]
    assert "no-folder" in text(desk, "export", "-o", str(desk.folder / "no-folder" / "x"), code=1)


@pytest.mark.parametrize("line", [json_line, extended_json_line])
def test_exports_come_back_as_they_were(both_stores: tuple[Store, Store], tmp_path: Path, line: object) -> None:
    assert callable(line)
    first, second = both_stores
    for source, target in ((first, second), (second, first)):
        source.save(articles())
        file = tmp_path / "articles.jsonl.gz"
        with gzip.open(file, "wt", encoding="utf-8") as out:
            out.writelines(f"{line(document)}\n" for document in source.find(EVERYTHING))
        assert load_articles(target, file) == 30
        assert list(target.dump("articles")) == list(source.dump("articles"))
        assert target.count(Word("صاروخ")) == 1


def test_extended_json_has_dates_for_mongoimport() -> None:
    document: Document = {"_id": "a", "time": FETCHED, "modified": None}
    assert extended_json_line(document) == '{"_id":"a","time":{"$date":"2026-11-15T12:00:00.000Z"},"modified":null}'


@pytest.mark.parametrize("tool", ["mongoimport", "mongosh"])
def test_extended_json_goes_in_through_tools_of_mongodb(
    tool: str, mongo_database: tuple[str, str], both_stores: tuple[Store, Store], tmp_path: Path
) -> None:
    program = os.environ.get(f"MARSAD_TEST_{tool.upper()}") or shutil.which(tool)
    if program is None:
        pytest.skip(f"{tool} is not installed (MARSAD_TEST_{tool.upper()} names it)")
    uri, name = mongo_database
    first, second = both_stores
    first.save(articles())
    second.init()
    file = tmp_path / "articles.ejson"
    file.write_text("".join(f"{extended_json_line(d)}\n" for d in first.find(EVERYTHING)), encoding="utf-8")
    script = (
        f"fs.readFileSync('{file}', 'utf8').trim().split('\\n').forEach(l => db.articles.insertOne(EJSON.parse(l)))"
    )
    address = f"{uri.rstrip('/')}/{name}"
    arguments = {
        "mongoimport": ["--uri", address, "--collection", "articles", "--file", str(file)],
        "mongosh": ["--quiet", address, "--eval", script],
    }
    subprocess.run([program, *arguments[tool]], check=True, capture_output=True, timeout=300)
    assert list(second.dump("articles")) == list(first.dump("articles"))


def test_what_is_no_export_is_refused_by_line(desk: Marsad) -> None:
    file = desk.folder / "odd.jsonl"
    good = json_line(next(open_store(str(desk.folder / "data" / "marsad.sqlite")).find(EVERYTHING, limit=1)))
    for odd, said in (
        ("{}", "lacks _id"),
        ("[]", "no object"),
        ("{", "Expecting"),
        (good.replace("2026-11-15T", "x"), "x"),
    ):
        file.write_text(f"{good}\n{odd}\n", encoding="utf-8")
        answer = text(desk, "store", "load", str(file), code=2)
        assert "odd.jsonl:2" in answer
        assert said in answer
    assert "1 articles" not in text(desk, "store", "recount")


def test_an_export_holds_few_articles_in_memory(desk: Marsad) -> None:
    """Three thousand long articles pass through a process that may not have room for a third of them."""
    store = open_store(str(desk.folder / "data" / "marsad.sqlite"))
    for batch in range(15):
        store.save([an_article(1_000 + batch * 200 + n, body=f"{n} " + "ن" * 60_000) for n in range(200)])
    store.close()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))

    for form in ("jsonl", "csv", "ejson"):
        command = [str(MARSAD), "export", "--format", form, "-o", str(desk.folder / f"all.{form}")]
        subprocess.run(command, env=desk.environment, check=True, preexec_fn=limited, timeout=120)
    with (desk.folder / "all.jsonl").open(encoding="utf-8") as lines:
        assert sum(1 for _ in lines) == 3_030

"""What an article reports: new attacks and what is none, claims and denials, by texts written by us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from floors import REPORTS, REPORTS_BACKGROUND_RINGS
from measured import shared

from benchmarks.reports import figures
from benchmarks.salvos import gathered
from config.entities import Watchlist
from config.load import SHIPPED, load_watchlist
from pipelines.records import Answer
from pipelines.report import Reporter
from pipelines.report.sentences import headlines
from pipelines.sentences import Sentences
from pipelines.tag import Tagger

ZONE = "Asia/Baghdad"
PUBLISHED = datetime(2026, 11, 24, 18, 0, tzinfo=ZoneInfo(ZONE))
WATCHLIST = load_watchlist(SHIPPED / "local")
TAGGER, REPORTER = Tagger(WATCHLIST), Reporter(WATCHLIST)
CASES = [
    [part.strip().replace("\\n", "\n") for part in line.split("|")]
    for line in (Path(__file__).parent / "report_cases.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def read(title: str, text: str, *, published: datetime | None = PUBLISHED, day_only: bool = False) -> Answer:
    mentions = TAGGER.mentions(title, text)
    return REPORTER.answer(title, text, mentions, published=published, timezone=ZONE, day_only=day_only)


@pytest.mark.parametrize(("wanted", "title", "text"), CASES)
def test_new_attacks_and_what_is_none(wanted: str, title: str, text: str) -> None:
    answer = read(title, text)
    bases = {m.entity for m in answer.mentions if m.kind == "base"}
    assert set(answer.targets) & bases == set(filter(None, wanted[1:].strip().split(",")))
    assert (answer.report == "attack") == wanted.startswith("A")


def part_of(answer: Answer, entity: str) -> list[tuple[int, str, str | None]]:
    return [(m.sentence, m.part, m.when) for m in answer.mentions if m.entity == entity]


def test_each_mention_has_its_sentence_its_part_and_its_time() -> None:
    text = (
        "هاجمت مسيرة قاعدة حرير مساء اليوم.\n"
        "وأقلعت مروحيات من قاعدة عين الأسد لملاحقة المنفذين.\n"
        "وكانت قاعدة حرير قد تعرضت لقصف صاروخي عام 2021."
    )
    answer = read("هجوم على قاعدة حرير", text)
    assert part_of(answer, "iq-harir") == [(0, "target", "new"), (1, "target", "new"), (3, "target", "background")]
    assert part_of(answer, "iq-ain-al-asad") == [(2, "origin", None)]
    texts = {"title": "هجوم على قاعدة حرير", "body": text}
    shown = {s.number: texts[s.field][s.start : s.end] for s in answer.sentences}
    assert shown[0] == "هجوم على قاعدة حرير"
    assert shown[2] == "وأقلعت مروحيات من قاعدة عين الأسد لملاحقة المنفذين."


def test_a_claim_a_denial_of_authorship_and_an_accusation() -> None:
    text = (
        "تبنت سرايا أولياء الدم قصف معسكر فكتوريا فجر اليوم.\n"
        "ونفت كتائب حزب الله أي علاقة لها بالقصف.\n"
        "واتهم مسؤول أميركي عصائب أهل الحق بتنفيذ الهجوم."
    )
    answer = read("قصف معسكر فكتوريا", text)
    assert answer.report == "attack"
    assert (answer.claimed_by, answer.denied_by, answer.accused) == (("awliya-dam",), ("kataib-hezbollah",), ("aah",))


def test_whoever_does_not_claim_has_no_claim() -> None:
    text = "سقط صاروخان على معسكر فكتوريا فجر اليوم.\nولم تتبن أي جهة الهجوم، ولم تعلن كتائب حزب الله مسؤوليتها عنه."
    assert read("", text).claimed_by == ()


def test_a_group_that_tells_of_its_own_dead_claims_nothing() -> None:
    text = "أعلنت كتائب حزب الله مقتل خمسة من عناصرها بغارات أميركية على معقلها في جرف الصخر فجر اليوم."
    answer = read("", text)
    assert (answer.report, answer.claimed_by) == ("attack", ())


def test_that_there_was_no_attack_is_a_denial() -> None:
    text = "نفت خلية الإعلام الأمني تعرض قاعدة بلد الجوية لأي قصف، مؤكدة أن الأنباء المتداولة غير صحيحة."
    answer = read("لا صحة لقصف قاعدة بلد", text)
    assert (answer.report, answer.targets) == ("denial", ())
    assert {m.when for m in answer.mentions} == {None}


def test_a_threat_is_no_attack() -> None:
    answer = read("النجباء تهدد", "هددت حركة النجباء باستهداف قاعدة حرير إذا لم تنسحب القوات الأجنبية.")
    assert (answer.report, answer.targets) == ("threat", ())
    assert part_of(answer, "iq-harir") == [(1, "target", "planned")]


def test_when_it_was() -> None:
    answer = read("", "قصفت طائرة مسيرة قاعدة حرير فجر اليوم الثلاثاء.\nوأصيب جنديان.")
    assert answer.event_from is not None
    assert answer.event_to is not None
    assert answer.event_from.astimezone(ZoneInfo(ZONE)).date() == PUBLISHED.date()
    assert answer.event_to.astimezone(ZoneInfo(ZONE)).hour <= 8
    assert answer.event_precision == "hours"


def test_a_day_without_a_time_reaches_to_its_end() -> None:
    day = datetime(2026, 11, 24, tzinfo=UTC)
    text = "قصفت مسيرة قاعدة حرير مساء الثلاثاء."
    assert read("", text, published=day, day_only=True).report == "attack"


def test_without_a_time_of_publication_words_tell_what_is_new() -> None:
    assert read("", "قصفت مسيرة قاعدة حرير فجر اليوم.", published=None).targets == ("iq-harir",)
    old = "قصفت مسيرة قاعدة حرير في 3 يناير/كانون الثاني 2021."
    assert read("", old, published=None).report == "none"


def test_two_attacks_in_one_article() -> None:
    text = "قصفت صواريخ مطار أربيل الدولي صباح اليوم.\nوسقطت مسيرة داخل قاعدة عين الأسد مساء أمس."
    answer = read("", text)
    assert {incident.targets for incident in answer.incidents} == {("iq-erbil-ab",), ("iq-ain-al-asad",)}


def test_who_is_quoted_and_what_it_cost() -> None:
    text = "نقلت وكالة رويترز عن مسؤول أن طائرة مسيرة ضربت قاعدة التنف اليوم، ما أدى إلى إصابة ثلاثة جنود، بينهم ضابط."
    answer = read("", text)
    assert answer.cites == ("رويترز",)
    assert answer.casualties == "إصابة ثلاثة جنود"
    assert answer.weapons == ("drone",)


def test_headlines_of_other_articles_are_no_news_of_this_one() -> None:
    text = (
        "استقبل رئيس الجمهورية، اليوم الثلاثاء، وفدا من وجهاء محافظة نينوى وبحث معهم ملف الإعمار والخدمات.\n"
        "اقرأ أيضا\n"
        "هجوم بالمسيرات على قاعدة حرير في أربيل\n"
        "قصف يستهدف قاعدة عين الأسد"
    )
    answer = read("رئيس الجمهورية يستقبل وجهاء نينوى", text)
    assert (answer.report, answer.targets) == ("none", ())
    sentences = Sentences("", text)
    assert headlines(text, sentences) == {2, 3, 4}


def test_sentences_end_where_they_end() -> None:
    text = "نقلت شبكة سي.إن.إن عن مصدر أن 3.5 أطنان وصلت.كما وصلت قوات؟ نعم!\nانتهى"
    sentences = Sentences("العنوان", text)
    assert [sentences.text(number) for number in range(len(sentences))] == [
        "العنوان",
        "نقلت شبكة سي.إن.إن عن مصدر أن 3.5 أطنان وصلت.",
        "كما وصلت قوات؟",
        "نعم!",
        "انتهى",
    ]


def test_a_watchlist_without_the_words_of_reports_is_refused() -> None:
    few = Watchlist(tuple(entity for entity in WATCHLIST.entities if entity.id != "cue-strike"))
    with pytest.raises(ValueError, match=r"reports\.toml: no table strike"):
        Reporter(few)


def test_explanations_name_the_words_that_decided() -> None:
    title, text = "", "وكانت قاعدة حرير قد استهدفت بطائرة مسيرة عام 2023."
    mentions = TAGGER.mentions(title, text)
    _, because = REPORTER.explained(title, text, mentions, published=PUBLISHED, timezone=ZONE)
    (base,) = [one for one in because if one.entity == "iq-harir"]
    assert (base.part, base.when) == ("target", "background")
    assert "استهدفت" in base.words
    assert "كانت" in base.words


def test_quality_of_reports() -> None:
    """Labelled articles, ours and real ones where they lie beside the project; the floors are in floors.py."""
    scores, rings = figures(WATCHLIST)
    for name, score in scores.items():
        if name in REPORTS:
            precision, recall = REPORTS[name]
            assert score.precision >= precision, (name, score.errors)
            assert score.recall >= recall, (name, score.errors)
    assert max(rings.values()) <= REPORTS_BACKGROUND_RINGS


def test_two_hundred_reports_of_forty_attacks() -> None:
    result = gathered(WATCHLIST)
    assert result.attacks == 40
    assert (result.missed, result.merged) == ([], [])
    assert result.told <= 1.1 * result.attacks


def test_reference_article() -> None:
    title, *lines = (shared("seed") / "article.txt").read_text(encoding="utf-8").split("\n")
    published = datetime.fromisoformat("2022-01-05T21:40:00+03:00")
    answer = read(title, "\n".join(lines).strip(), published=published)
    assert (answer.report, set(answer.targets)) == ("attack", {"iq-ain-al-asad", "iq-victoria"})
    assert (answer.claimed_by, answer.denied_by) == ((), ())
    assert "planned" in {when for _, _, when in part_of(answer, "nujaba")}
    dawn = datetime(2022, 1, 5, 0, 0, tzinfo=ZoneInfo(ZONE))
    assert answer.event_from is not None
    assert dawn <= answer.event_from < dawn + timedelta(hours=6)
    # The killing of January 2020 on the airport's road is background.
    assert "iq-baghdad-airport" not in answer.targets

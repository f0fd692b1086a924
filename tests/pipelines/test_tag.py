"""What counts as a mention of a watched name, and what only looks like one."""

from __future__ import annotations

import json
from collections import defaultdict
from gzip import open as gzip_open
from pathlib import Path

import pytest
from floors import OCCURRENCES_PRECISION, OCCURRENCES_RECALL
from hypothesis import given, settings
from hypothesis import strategies as st
from measured import shared

from config.entities import Entity, Watchlist
from config.load import SHIPPED, load_watchlist
from pipelines.tag import Tagger, faults

WATCHLIST = load_watchlist(SHIPPED / "local")
TAGGER = Tagger(WATCHLIST)


def found(text: str, *, title: str = "") -> set[str]:
    """Ids of bases, groups and people that a text mentions."""
    return {m.entity for m in TAGGER.mentions(title, text) if m.kind not in ("weapon", "action")}


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("سقط صاروخان قرب قاعدة عين الأسد.", {"iq-ain-al-asad"}),
        ("وبعين الأسد جنود من التحالف الدولي.", {"iq-ain-al-asad", "coalition"}),
        ("غادرت القافلة بالتنف متجهة شرقا.", {"sy-tanf"}),
        ("قصف استهدف قاعدتي بلد والتاجي شمال العاصمة.", {"iq-balad", "iq-taji"}),
        ("هجمات على قواعد عين الأسد وحرير وفكتوريا.", {"iq-ain-al-asad", "iq-harir", "iq-victoria"}),
        ("تعرضت قاعدة حرير لقصف.", {"iq-harir"}),
        ("القاعدة الأميركية في الشدادي خالية.", {"sy-shaddadi"}),
        ("بيان للحشد الشعبي.", {"pmf"}),
        ("وللقوات الأميركية حضور هناك.", {"us-forces"}),
        ("قالت كتائب حزب الله العراقية إنها لم تشارك.", {"kataib-hezbollah"}),
        ("أعلن حزب الله في بيروت.", {"hezbollah"}),
        ("حركة حزب الله النجباء وحزب الله.", {"nujaba", "hezbollah"}),
        ("حركة أنصار الله الأوفياء تنفي.", {"ansar-allah-awfiya"}),
        ("فيلق القدس في الحرس الثوري الإيراني.", {"quds-force", "irgc"}),
        ("تنظيم القاعدة أعلن.", {"al-qaeda"}),
        ("قال أكرم الكعبي. وأضاف الكعبي.", {"p-kaabi"}),
    ],
)
def test_named(text: str, entities: set[str]) -> None:
    assert found(text) == entities


@pytest.mark.parametrize(
    "text",
    [
        "سوق الحرير القديم وثوب من حرير طبيعي على طريق الحرير.",
        "ظهر البدر كاملا ليلة أمس، وقال بدر إن غزوة بدر درس.",
        "رأى الصياد عين أسد في الغابة، وزأر الأسد.",
        "انتهت زيارة بشار الأسد إلى بحيرة الأسد.",
        "يحتاج البلد إلى استقرار، وعم الهدوء أنحاء البلاد.",
        "العديد من السكان غادروا القاعة، وبقي العديد منهم.",
        "الملكة فكتوريا حكمت طويلا، وبحيرة فكتوريا واسعة.",
        "أكدت قاعدة البيانات تقدم المشروع، فالقاعدة الشعبية واسعة.",
        "استهدفت الحملة القاعدة العريضة من الزبائن.",
        "درس طالبان من جامعة بغداد، وعملا بحماس شديد.",
        "حضر الحشد من الجماهير إلى الملعب وهتف الحشد.",
        "قال المهندس سالم إن التاجي لاعب جيد.",
        "قال الكعبي إن المباراة صعبة.",
        "تحدثت الفصائل الشيعية عن موقفها.",
        "أصيب بمرض في الشريان.",
        "مقهى الصقر في شارع الرشيد قرب فندق المثنى.",
    ],
)
def test_what_only_looks_like_a_name(text: str) -> None:
    assert found(text) == set()


def test_surname_counts_also_in_the_title_once_the_text_has_the_full_name() -> None:
    mentions = TAGGER.mentions("الكعبي يتوعد", "قال أكرم الكعبي، أمين عام حركة النجباء، ذلك.")
    assert [(m.entity, m.field, m.surface) for m in mentions] == [
        ("p-kaabi", "title", "الكعبي"),
        ("p-kaabi", "body", "أكرم الكعبي"),
        ("nujaba", "body", "حركة النجباء"),
    ]
    assert "p-kaabi" not in found("قال محمد الكعبي إن المباراة صعبة.")


def test_another_man_of_the_same_surname_is_not_the_watched_one() -> None:
    mentions = TAGGER.mentions("", "التقى مقتدى الصدر الوفد. وألف محمد الصدر كتابا.")
    assert [m.surface for m in mentions] == ["مقتدى الصدر"]


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("على قاعدة عين الأسد الجوية التي", ["قاعدة عين الأسد الجوية"]),
        ("وبقاعدة عين الأسد", ["قاعدة عين الأسد"]),
        ("للقوات الأميركية", ["لقوات الأميركية"]),
        ("لمليشيا حركة النجباء", ["حركة النجباء"]),
        ('قاعدة "فكتوريا" في', ['قاعدة "فكتوريا"']),
        ('منظمة "بدر" و«حزب الله»', ['منظمة "بدر"', "حزب الله"]),
        ("بيان (كتائب «حزب الله») جديد", ["كتائب «حزب الله»"]),
        ('تعرف بـ"حركة النجباء".', ["حركة النجباء"]),
        ("كَتائِبُ حِزْبِ اللهِ.", ["كَتائِبُ حِزْبِ اللهِ"]),
    ],
)
def test_surface_is_the_name_with_its_head_noun_and_without_proclitics(text: str, surfaces: list[str]) -> None:
    assert [mention.surface for mention in TAGGER.mentions("", text)] == surfaces


def test_an_airport_that_only_says_where_a_base_lies_is_no_target() -> None:
    assert found("قاعدة فكتوريا التي تقع في مطار بغداد.") == {"iq-victoria"}
    assert found("اغتيل على طريق مطار بغداد الدولي.") == set()
    assert found("سقط صاروخ في مطار بغداد.") == {"iq-baghdad-airport"}


SENTENCE = "قال الحشد الشعبي إن كتائب حزب الله لم تستهدف قاعدة عين الأسد ولا القوات الأميركية في التنف"


@pytest.mark.parametrize(
    "noise",
    [
        lambda text: text.replace("أ", "ا").replace("ة", "ه"),
        lambda text: text.replace("ي", "ی").replace("ك", "ک"),
        lambda text: text.replace("ع", "عـ").replace("ق", "قَ"),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: text.replace(" ", "  \u200f"),
        lambda text: text.replace("لا", "ﻻ"),
        lambda text: text.replace("أ", "ا\u0654"),
    ],
)
def test_spelling_noise_changes_nothing(noise: object) -> None:
    clean = [m.entity for m in TAGGER.mentions("", SENTENCE)]
    assert len(clean) == 5
    assert [m.entity for m in TAGGER.mentions("", noise(SENTENCE))] == clean  # type: ignore[operator]


PIECES = st.sampled_from(
    [
        *SENTENCE.split(),
        "قاعدتي",
        "وحرير،",
        "بلد",
        "الكعبي",
        "أكرم",
        "النجباء",
        "\n",
        "هجوم.",
        "«",
        "\u200f",
        "ﷲ",
        "K1",
        "\ud800",
    ]
)


@given(st.lists(PIECES | st.text(max_size=8), max_size=30), st.lists(PIECES, max_size=5))
@settings(max_examples=200, deadline=None)
def test_surfaces_are_exactly_what_stands_there_and_never_overlap(body: list[str], title: list[str]) -> None:
    texts = {"title": " ".join(title), "body": " ".join(body)}
    ends = {"title": 0, "body": 0}
    for mention in TAGGER.mentions(texts["title"], texts["body"]):
        assert texts[mention.field][mention.start : mention.end] == mention.surface != ""
        assert mention.start >= ends[mention.field]
        ends[mention.field] = mention.end


@pytest.mark.parametrize(
    ("text", "entity", "why"),
    [
        ("يباع الحرير، وثوب من حرير طبيعي.", "iq-harir", "no head noun"),
        ("الملكة فكتوريا تعرضت لهجوم.", "iq-victoria", "ruled out by a word beside it"),
        ("زار فكتوريا في عطلته.", "iq-victoria", "no word of violence"),
        ("قال الكعبي إن المباراة صعبة.", "p-kaabi", "does not have the full name"),
        ("قصف في مدينة رميلان.", "sy-rmelan", "where people live"),
        ("تحدثت الفصائل الشيعية.", "shia-factions", "no named actor"),
        ("قاعدة فكتوريا في مطار بغداد.", "iq-baghdad-airport", "only says where"),
        ("التقى مقتدى الصدر محمد الصدر.", "p-sadr", "another man"),
    ],
)
def test_a_refused_name_says_why(text: str, entity: str, why: str) -> None:
    mentions, refused = TAGGER.explained("", text)
    assert mentions == TAGGER.mentions("", text)
    told = [(m.entity, m.rule) for m in refused]
    assert any(e == entity and why in rule for e, rule in told), told
    assert all(text[m.start : m.end] == m.surface for m in refused)


def test_digest_follows_what_decides_and_nothing_else() -> None:
    first, *others = WATCHLIST.entities

    def digest(entity: Entity) -> str:
        return Tagger(Watchlist((entity, *others))).digest

    assert digest(first.model_copy(update={"note": "another note", "en": "another"})) == TAGGER.digest
    assert digest(first.model_copy(update={"names": (*first.names, "اسم جديد تماما")})) != TAGGER.digest


def test_faults_name_what_a_person_should_look_at() -> None:
    def entity(id_: str, *names: str) -> Entity:
        return Entity.model_validate({"id": id_, "kind": "base", "name": "x", "names": names})

    assert faults(WATCHLIST) == []
    told = "\n".join(
        faults(Watchlist((entity("a", "قاعدة كذا", "قاعده كذا"), entity("b", "قاعدة كذا"), entity("c", "ـ", "ما"))))
    )
    assert "a and b: both have" in told
    assert "has no letter" in told
    assert "too short" in told


def test_labelled_sentences() -> None:
    """Real occurrences, each labelled by reading; the floors are in floors.py."""
    lines = (shared("mentions") / "occurrences.jsonl").read_text(encoding="utf-8").splitlines()
    occurrences = [json.loads(line) for line in lines]
    texts = _articles({occurrence["article"] for occurrence in occurrences}, shared("articles"))
    generic = {entity.id for entity in WATCHLIST.entities if entity.generic}
    places: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for article, (title, text) in texts.items():
        for m in TAGGER.mentions(title, text):
            shift = 0 if m.field == "title" else len(title) + 1
            places[article].append((m.start + shift, m.end + shift, m.entity))
    right = wrong = missed = 0
    for occurrence in occurrences:
        here = {e for s, e_, e in places[occurrence["article"]] if s < occurrence["end"] and e_ > occurrence["start"]}
        candidates = here & set(occurrence["candidates"])
        if occurrence["label"] in generic:
            continue
        right += occurrence["label"] in here
        missed += occurrence["label"] not in here and occurrence["label"] != "none"
        wrong += occurrence["label"] not in here and bool(candidates)
    assert right / (right + wrong) >= OCCURRENCES_PRECISION
    assert right / (right + missed) >= OCCURRENCES_RECALL


def _articles(wanted: set[str], folder: Path) -> dict[str, tuple[str, str]]:
    texts = {}
    for file in folder.glob("*.jsonl.gz"):
        with gzip_open(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if record["id"] in wanted:
                    texts[record["id"]] = (record["title"] or "", record["text"] or "")
    return texts

"""One spelling for each word, and the way back to the text as printed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.arabic import MAX_TERMS, fold, is_term, phrase_pattern, terms, with_particles, words

PLAIN = "قاعدة عين الأسد"


@pytest.mark.parametrize(
    "spelled",
    [
        "قاعده عين الاسد",
        "قاعدة عين الأسَد",
        "قَاعِدَةُ عَيْنِ الأَسَدِ",
        "قـاعـدة عيـــن الأسد",
        "قاعدة\u00a0عين\u00a0الأسد",
        "قاعدة  عين \u2009 الأسد",
        "قاعدة عين ال\u200dأ\u200fسد",
        "قاعدة عین الأسد",
        "ﻗﺎﻋﺪة ﻋﯿﻦ اﻷﺳﺪ",
        "قاعدة عين الا\u0654سد",
        "قاعدة عين ٱلأسد",
    ],
)
def test_spellings_of_one_name_fold_to_one(spelled: str) -> None:
    assert fold(spelled).text == fold(PLAIN).text == "قاعده عين الاسد"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("البرج ٢٢", "البرج 22"),
        ("کی ۱", "كي 1"),
        ("مسؤول هيئة", "مسؤول هيئه"),
        ("مسو\u0654ول هيي\u0654ة", "مسؤول هيئه"),
        ("سطر\n\n  آخر", "سطر\nاخر"),
        ("سطر\u200f\nآخر", "سطر\nاخر"),
        ("سطر \u200f \u200f آخر", "سطر اخر"),
        ("K1 وPKK", "k1 وpkk"),
        ("ﷲ", "الله"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text).text == folded


def test_a_span_leads_back_to_what_is_printed_with_its_signs() -> None:
    printed = "قال إنّ قَاعِدَةَ عيـــنِ  الأسدِ، أُصيبت"
    folded = fold(printed)
    start = folded.text.index("قاعده")
    end = folded.text.index("الاسد") + len("الاسد")
    assert printed[slice(*folded.span(start, end))] == "قَاعِدَةَ عيـــنِ  الأسدِ"


ARABIC = st.text(st.sampled_from("اأإآبتةىيکی ـَّْٰ\u0654\u200c\u200f\n\t\u00a0ﻻﷲﯿوؤكلعن09٣K.،"), max_size=60)


@given(ARABIC | st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_every_folded_character_comes_from_inside_the_text_in_order(text: str) -> None:
    folded = fold(text)
    spans = [folded.span(place, place + 1) for place in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert fold(folded.text).text == folded.text


@given(ARABIC, st.data())
@settings(max_examples=200, deadline=None)
def test_what_a_stretch_leads_back_to_folds_to_that_stretch(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    if not folded.text or "ﻻ" in text or "ﷲ" in text:  # one printed character for several letters
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    printed = text[slice(*folded.span(start, end))]
    # A hamza of its own belongs to the letter before it, of which the stretch may not know.
    assert fold(printed).text.strip().rstrip("ؤئوي") == folded.text[start:end].strip().rstrip("ؤئوي")


def test_an_empty_stretch_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty stretch"):
        fold("خبر").span(1, 1)


def test_terms_hold_both_readings_of_a_particle_and_no_small_words() -> None:
    found = terms(words(fold("وقاعدة للقوات في بلد والتنف وهو 22").text))
    assert {"وقاعده", "قاعده", "للقوات", "القوات", "بلد", "والتنف", "التنف", "22"} <= set(found)
    assert not {"في", "وهو", "هو"} & set(found)


def test_terms_are_bounded() -> None:
    assert len(terms(f"كلمة{n}" for n in range(10_000))) == MAX_TERMS


LETTERS = st.text(st.sampled_from("وفبكلاعدسرنهي1k"), min_size=1, max_size=7)


@given(LETTERS, LETTERS)
def test_particles_lead_there_and_back(word: str, other: str) -> None:
    for text in (word, other, *with_particles(word), f"و{word}", f"ال{word}", f"لل{word}", f"وب{word}"):
        for wanted in (word, *terms([text])):
            if is_term(wanted):
                assert (text in with_particles(wanted)) == (wanted in terms([text]))


def test_what_begins_with_a_particles_letter_of_its_own_is_left_whole() -> None:
    assert terms(["لبنان", "ولبنان", "بلبنان"]) == ("لبنان", "ولبنان", "بلبنان")
    assert "كتائب" in terms(["وكتائب"])
    assert "تائب" not in terms(["وكتائب", "كتائب"])
    assert "قاعده" in terms(["وبقاعده"])


@pytest.mark.parametrize(
    ("phrase", "gap", "text", "found"),
    [
        (("قاعده", "عين"), 0, "هجوم علي قاعده عين الاسد", True),
        (("قاعده", "عين"), 0, "وبقاعده عين الاسد", True),
        (("قاعده", "عين"), 0, "قاعده وعين الاسد", False),
        (("قاعده", "عين"), 0, "قاعده عينيه", False),
        (("قاعده", "عين"), 1, "قاعده جويه عين", True),
        (("قاعده", "عين"), 1, "قاعده جويه كبيره عين", False),
        (("عين", "قاعده"), 2, "قاعده عين", False),
        (("القوات",), 0, "انسحاب للقوات", True),
        (("في",), 0, "وفي البحر", False),
        (("في",), 0, "جنود في البحر", True),
    ],
)
def test_phrases(phrase: tuple[str, ...], gap: int, text: str, found: bool) -> None:
    assert bool(re.search(phrase_pattern(phrase, gap), text)) == found

"""The same text has one fingerprint, however it is spelled, spaced or punctuated; another text has another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.arabic import fold, words
from pipelines.dedupe import fingerprint

TEXT = "أعلنت خلية الإعلام سقوط صاروخين قرب قاعدة عين الأسد، دون إصابات."


def of(text: str) -> str:
    """Fingerprint of a text as it is printed."""
    return fingerprint(" ".join(words(fold(text).text)))


@pytest.mark.parametrize(
    "same",
    [
        "اعلنت خليه الاعلام سقوط صاروخين قرب قاعده عين الاسد، دون اصابات.",
        "أَعْلَنَتْ خليّة الإعلام سقوطَ صاروخين قرب قاعدة عين الأسد، دون إصاباتٍ.",
        "أعلنت خلية الإعلام سقوط صاروخين\nقرب قاعدة عين الأسد دون إصابات",
        "أعلنت خلية الإعلام: سقوط صاروخين قرب «قاعدة عين الأسد» - دون إصابات!",
        "أعلنت خلية الإعـــلام  سقوط\u00a0صاروخين \u200fقرب قاعدة عین الأسد، دون إصابات.",
    ],
)
def test_spelling_spaces_and_punctuation_do_not_matter(same: str) -> None:
    assert of(same) == of(TEXT)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("صاروخين", "صواريخ"),
        TEXT.replace("دون إصابات", "وإصابات"),
        TEXT + " وقال مصدر.",
        "دون إصابات، أعلنت خلية الإعلام سقوط صاروخين قرب قاعدة عين الأسد.",
        TEXT.replace("عين الأسد", "عينالأسد"),
        TEXT.replace("صاروخين", "صاروخين 2"),
    ],
)
def test_one_other_word_is_another_text(other: str) -> None:
    assert of(other) != of(TEXT)


def test_fingerprints_are_for_ever() -> None:
    """Written down once: another hash would stop recognising every story that is stored."""
    assert fingerprint("سقوط صاروخ قرب قاعده") == "e82512a405dad3512cc9b80ba8ba3b80"


@pytest.mark.parametrize("text", ["", " \n", "… ، !"])
def test_texts_without_words_are_not_copies_of_each_other(text: str) -> None:
    assert of(text) == ""


@given(st.text(st.characters(), min_size=1, max_size=40))
def test_every_text_with_words_has_one(text: str) -> None:
    assert len(fingerprint(text)) == 32

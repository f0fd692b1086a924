"""Sentences and their words: the number of a sentence is the number of its line."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.arabic import fold, words
from pipelines.sentences import Sentences

TEXT = st.text(st.sampled_from("قال عن3.،؟!\n«»\u064e\u0640\u200f\x1e a'"), max_size=40)


@given(TEXT, TEXT)
@example("", "")
@example("سقوط صاروخ\nقرب حرير", "\n\nقُتل 3.5 % من الجنود.ثم\n\n!\nانسحبوا")
def test_each_sentence_has_its_own_words(title: str, body: str) -> None:
    sentences = Sentences(title, body)
    found = sentences.words()
    assert found == [words(fold(sentences.text(number)).text) for number in range(len(sentences))]


def test_a_line_for_each_also_for_one_without_words() -> None:
    assert Sentences("عنوان", "…\nقصف. هجوم").words() == [["عنوان"], [], ["قصف"], ["هجوم"]]

"""The title: the headline that readers see, checked against what the page says of itself."""

from __future__ import annotations

import pytest
from pages import PARAGRAPHS, SITE, TITLE, article, document, linked, meta

QUOTED = 'الجيش: "القاعدة" تحت السيطرة بعد هجوم المسيرات'


@pytest.mark.parametrize(
    ("body", "head", "title", "signal"),
    [
        (f"<h1>{QUOTED}</h1>", meta("og:title", QUOTED.replace('"', "")), f"{QUOTED} | {SITE}", "h1"),
        (f"<h1><span>عاجل</span> {QUOTED}</h1>", "", f"{QUOTED} | {SITE}", "h1"),
        (f"<h1>{QUOTED[:20]}<br>{QUOTED[20:]}</h1>", "", f"{QUOTED} | {SITE}", "h1"),
        (f"<h1>{SITE} اليومية المستقلة</h1><h1>{QUOTED}</h1>", "", f"{QUOTED} | {SITE}", "h1"),
        (f"<h1>{SITE}</h1><h2>{QUOTED}</h2>", meta("og:title", QUOTED.replace('"', "")), SITE, "h2"),
        (f'<div class="t">{QUOTED}</div>', "", f"{SITE} - {QUOTED}", "shown title"),
        ("", linked(headline=QUOTED.replace('"', "&quot;")), SITE, "json-ld"),
        (
            "",
            linked(headline=None) + meta("og:title", f"{QUOTED} - {SITE}") + meta("og:site_name", SITE),
            SITE,
            "og:title",
        ),
        ("", linked(headline=None) + meta("og:site_name", SITE), f"{QUOTED} - {SITE}", "title"),
        ("", linked(headline=None), f"{QUOTED} | أخبار الأمن | {SITE}", "title"),
    ],
)
def test_the_headline_and_its_signal(body: str, head: str, title: str, signal: str) -> None:
    found = article(document(f"{body}{PARAGRAPHS}", head=head, title=title))
    assert (found.title, found.provenance.signals["title"]) == (QUOTED, signal)


@pytest.mark.parametrize("title", ["عاجل | سقوط صاروخ قرب مطار بغداد الدولي", "بلد - التاجي: طريق جديد يربط المدينتين"])
def test_a_separator_inside_a_headline_stays(title: str) -> None:
    head = linked(headline=None) + meta("og:site_name", SITE)
    assert article(document(PARAGRAPHS, head=head, title=f"{title} | {SITE}")).title == title


def test_the_first_heading_of_another_story_is_not_taken() -> None:
    other = "<h1>الرئيس يستقبل وفدا من المحافظات الجنوبية</h1>"
    assert article(document(f"{other}<h1>{TITLE}</h1>{PARAGRAPHS}")).title == TITLE

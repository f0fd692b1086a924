"""When: the page's claims checked against each other, against the clock and against the address."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pages import ADDRESS, CARDS, PARAGRAPHS, TITLE, article, document, linked, meta

H1 = f"<h1>{TITLE}</h1>"
PUBLISHED = "article:published_time"


def when(head: str = "", below: str = "", *, above: str = "", url: str = ADDRESS) -> tuple[str, int | None, str]:
    """The moment in UTC, the printed offset, and the signal."""
    found = article(document(f"{above}{H1}{below}{PARAGRAPHS}", head=head), url=url)
    moment = found.published
    assert (moment is None) == ("published" not in found.provenance.signals)
    if moment is None:
        return "", None, ""
    text = f"{moment:%Y-%m-%d}" if found.published_precision == "day" else f"{moment:%Y-%m-%dT%H:%M}"
    return text, found.published_offset, found.provenance.signals["published"]


@pytest.mark.parametrize(
    ("head", "below", "expected"),
    [
        (linked(datePublished="2026-11-15T09:30:00+03:00") + meta(PUBLISHED, "2026-11-14"), "",
         ("2026-11-15T06:30", 180, "json-ld")),
        (meta(PUBLISHED, "الأحد، 15 نوفمبر 2026 - 09:30 ص"), "", ("2026-11-15T06:30", None, f"meta {PUBLISHED}")),
        (linked(datePublished="قريبا") + meta(PUBLISHED, "2026-11-14"), "", ("2026-11-14", None, f"meta {PUBLISHED}")),
        ("", '<span itemprop="datePublished" content="2026-11-14">', ("2026-11-14", None, "microdata")),
        ("", '<time datetime="2026-11-14T10:00Z">السبت</time>', ("2026-11-14T10:00", 0, "shown")),
        ("", "<div>نشر في: 14 نوفمبر 2026 - 09:30</div>", ("2026-11-14T06:30", None, "shown")),
        ("", "<span>2026-11-14</span><p>09:30</p>", ("2026-11-14T06:30", None, "shown")),
        ("", '<abbr class="published" title="2026-11-14T10:00Z">السبت</abbr>', ("2026-11-14T10:00", 0, "shown")),
        ("", "<div>السبت 14 تشرين الثاني/نوفمبر 2026</div>", ("2026-11-14", None, "shown")),
        ("", "", ("", None, "")),
    ],
    ids=lambda value: value[2] if isinstance(value, tuple) else None,
)  # fmt: skip
def test_the_first_claim_that_is_a_date_is_believed(
    head: str, below: str, expected: tuple[str, int | None, str]
) -> None:
    assert when(head, below) == expected


def test_the_founding_year_and_the_first_of_january_are_no_dates() -> None:
    organisation = '<script type="application/ld+json">{"@type": "Organization", "foundingDate": "1998-01-01"}</script>'
    assert when(organisation, "<p>© 1998</p>") == ("", None, "")
    new_year = linked(datePublished="2026-01-01T00:00:00+03:00")
    assert when(new_year) == ("", None, "")
    assert when(new_year, "<div>15 نوفمبر 2026</div>") == ("2026-11-15", None, "shown")
    assert when(linked(datePublished="2026-01-01T14:20:00+03:00")) == ("2026-01-01T11:20", 180, "json-ld")
    assert when(new_year, url="https://www.paper.example/2026/01/01/words")[0] == "2025-12-31T21:00"


def test_nothing_is_published_in_the_future() -> None:
    assert when(meta(PUBLISHED, "2027-03-15T10:00:00Z"), "<div>14 نوفمبر 2026</div>") == ("2026-11-14", None, "shown")
    # Half past two in Baghdad with a Z behind it, read at three o'clock there.
    assert when(meta(PUBLISHED, "2026-11-15T14:30:00Z")) == ("2026-11-15T11:30", None, f"meta {PUBLISHED}")


def test_a_z_behind_the_hour_that_readers_see_is_none() -> None:
    seen = "<div>14 نوفمبر 2026 - 09:30 ص</div>"
    assert when(meta(PUBLISHED, "2026-11-14T09:30:00Z"), seen) == ("2026-11-14T06:30", None, f"meta {PUBLISHED}")
    assert when(meta(PUBLISHED, "2026-11-14T06:30:00Z"), seen) == ("2026-11-14T06:30", 0, f"meta {PUBLISHED}")


def test_the_day_is_the_one_that_readers_see() -> None:
    head = meta(PUBLISHED, "2026-11-13T22:30:00Z")
    assert when(head, "<div>14 نوفمبر 2026 - 01:30</div>") == ("2026-11-13T22:30", 180, f"meta {PUBLISHED}")


def test_a_claim_that_contradicts_the_address_gives_way_to_it() -> None:
    dated = "https://www.paper.example/2026/11/03/words"
    assert when(meta(PUBLISHED, "2026-11-14"), url=dated) == ("2026-11-03", None, "address")
    assert when(meta(PUBLISHED, "2026-11-04T01:00:00Z"), url=dated) == ("2026-11-04T01:00", 0, f"meta {PUBLISHED}")
    assert when(meta(PUBLISHED, "2026-11-14"), "<div>3 نوفمبر 2026</div>", url=dated) == ("2026-11-03", None, "shown")


def test_updates_are_modifications() -> None:
    def both(below: str) -> tuple[datetime | None, datetime | None]:
        found = article(document(f"{H1}{below}{PARAGRAPHS}"))
        return found.published, found.modified

    day, next_day = datetime(2026, 11, 14, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC)
    assert both("<div>آخر تحديث: 15 نوفمبر 2026</div>") == (None, next_day)
    assert both("<div>نشر في 14 نوفمبر 2026 آخر تحديث 15 نوفمبر 2026</div>") == (day, next_day)
    apart = "<ul><li>تاريخ النشر:</li><li>14 نوفمبر 2026</li><li>آخر تحديث:</li><li>15 نوفمبر 2026</li></ul>"
    assert both(apart) == (day, next_day)


def test_a_change_before_the_publication_is_none() -> None:
    head = linked(datePublished="2026-11-14T09:00:00+03:00", dateModified="2026-03-15T20:18:00+03:00")
    assert article(document(f"{H1}{PARAGRAPHS}", head=head)).modified is None


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"above": "<div>الأحد 8 نوفمبر 2026</div>" + "<div>قسم</div>" * 8},
        {"below": f"<div>{CARDS}</div>"},
        {"below": "<figure><figcaption>القاعدة قبل الهجوم يوم 3 نوفمبر 2026 في صورة من الجو</figcaption></figure>"},
        {"below": "<p>وكان الهجوم السابق وقع يوم 3 نوفمبر 2026 عندما سقطت صواريخ على القاعدة ومحيطها ومنازل.</p>"},
    ],
    ids=["calendar", "cards", "caption", "sentence"],
)
def test_dates_of_other_things_are_not_the_article_s(elsewhere: dict[str, str]) -> None:
    assert when(**elsewhere) == ("", None, "")


def test_what_nothing_else_says_is_left_to_htmldate() -> None:
    assert when(meta("bt:pubdate", "2026-11-14")) == ("2026-11-14", None, "htmldate")

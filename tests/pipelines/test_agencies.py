"""An agency is known by one name, in bylines, datelines and last lines; in running text it is only quoted."""

from __future__ import annotations

import pytest

from pipelines.agencies import agency, agency_of

TEXT = "سقطت طائرة مسيرة قرب القاعدة فجر اليوم."


@pytest.mark.parametrize("printed", ["فرانس برس", "أ ف ب", "أ.ف.ب", "ا ف ب", "AFP", "وكالة الصحافة الفرنسية"])
def test_one_name_for_each(printed: str) -> None:
    assert agency(printed) == "فرانس برس"


@pytest.mark.parametrize("printed", ["", "سلمى الجبوري", "وكالات", "فارس", "برس"])
def test_what_is_none(printed: str) -> None:
    assert agency(printed) == ""


@pytest.mark.parametrize(
    ("authors", "body"),
    [
        (["رويترز"], TEXT),
        (["بغداد / رويترز"], TEXT),
        (["وكالة رويترز"], TEXT),
        ([], f"بغداد (رويترز) - {TEXT}"),
        ([], f"دبي - رويترز - {TEXT}"),
        ([], f"رويترز: {TEXT}"),
        ([], f"{TEXT}\n(رويترز)"),
        ([], f"{TEXT}\nرويترز"),
        ([], f"{TEXT} / رويترز"),
    ],
)
def test_signed_by_an_agency(authors: list[str], body: str) -> None:
    assert agency_of(authors, body) == "رويترز"


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        "",
        f"قالت رويترز إن {TEXT}",
        f"{TEXT}\nونقلت رويترز عن مسؤول أن التحقيق مستمر.",
        f"{TEXT}\n(رويترز) قالت إن الطائرة أسقطت.\n{TEXT}",
    ],
)
def test_quoted_or_not_at_all(body: str) -> None:
    assert agency_of(["سلمى الجبوري"], body) == ""

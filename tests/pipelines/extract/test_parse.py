"""Charsets as they really are, whatever is declared."""

from __future__ import annotations

import pytest
from pages import BODY, PARAGRAPHS, TITLE, article, document

from pipelines.extract.parse import decoded

PAGE = document(f"<h1>{TITLE}</h1>{PARAGRAPHS}")


@pytest.mark.parametrize("charset", ["utf-8", "windows-1256", "iso-8859-6"])
@pytest.mark.parametrize(
    "declared", [None, "utf-8", "windows-1256", "iso-8859-6", "iso-8859-1", "windows-1252", "x-odd"]
)
@pytest.mark.parametrize("where", ["transport", "page"])
def test_a_wrong_declaration_costs_no_letter(charset: str, declared: str | None, where: str) -> None:
    in_page = declared if where == "page" else None
    text = PAGE.replace('<meta charset="utf-8">', f'<meta charset="{in_page}">' if in_page else "").replace("©", "")
    found = article(text.encode(charset), encoding=declared if where == "transport" else None)
    assert (found.title, found.body) == (TITLE, BODY)


def test_other_alphabets_are_read_as_declared() -> None:
    french = "<p>Les élèves français ont été reçus à l'école, où ils étaient dès midi.</p>"
    assert "élèves français" in decoded(french.encode("latin-1"), "text/html; charset=iso-8859-1", None)
    russian = "<p>Военные сообщили об атаке на базу</p>"
    assert "Военные" in decoded(russian.encode("cp1251"), "text/html; charset=windows-1251", None)

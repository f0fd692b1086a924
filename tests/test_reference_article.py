"""The reference article, put into each layout of the demo newspaper, comes out whole and tagged as its gold says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from measured import shared

from desk.demo.newspaper import LAYOUTS, DemoArticle, render_article

MARSAD = Path(sys.executable).parent / "marsad"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reference_article(layout: str, tmp_path: Path) -> None:
    folder = shared("seed")
    title, *paragraphs = [line for line in (folder / "article.txt").read_text("utf-8").splitlines() if line.strip()]
    gold = json.loads((folder / "gold.json").read_text("utf-8"))
    article = DemoArticle(
        number=1,
        slug="reference",
        section="politics",
        title=title,
        paragraphs=tuple(paragraphs),
        published=datetime.fromisoformat("2022-01-05T21:40:00+03:00"),
    )
    page = tmp_path / "page.html"
    page.write_bytes(render_article(article, layout).encode())
    command = [str(MARSAD), "inspect", "--json", str(page), "--url", "http://127.0.0.1:8462" + article.path]
    environment = os.environ | {"MARSAD_CONFIG": str(tmp_path)}
    answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    result = json.loads(answer.stdout)

    assert result["rejected"] is None
    assert result["article"]["title"] == title
    assert result["article"]["language"] == "ar"
    assert result["article"]["published"] in ("2022-01-05T21:40:00+03:00", "2022-01-05T21:40+03:00")
    given, taken = (Counter(text.split()) for text in ("\n".join(paragraphs), result["article"]["body"]))
    assert (given & taken).total() >= 0.98 * given.total()
    assert not taken - given

    found = {
        kind: {mention["entity"] for mention in result["mentions"] if mention["kind"] == kind}
        for kind in ("base", "militia", "force", "person")
    }
    wanted = gold["article_tags"]
    assert found["base"] == set(wanted["bases"]) == set(result["article"]["bases"])
    assert found["militia"] == set(wanted["militias"])
    assert found["force"] == set(wanted["forces"])
    assert found["person"] == set(wanted["persons"])
    for mention in result["mentions"]:
        text = result["article"][mention["field"]]
        assert text[mention["start"] : mention["end"]] == mention["surface"]

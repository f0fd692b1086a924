"""Dates found in paragraphs of real articles that were read and labelled beforehand; part of `make quality`.

labels/dates.jsonl has places and values, no text: paragraphs drawn by chance in five drawings, each labelled before the
finder was run on it. `may`: finding it is right and leaving it out is too. A wrong date counts double.
"""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.history import record
from benchmarks.quality import SHARED, Score, articles_of, labels
from pipelines.dates import find_dates

DATES = Path(__file__).parent / "labels" / "dates.jsonl"
TIMEZONE = "Asia/Baghdad"
BAR_PRECISION, BAR_RECALL = 0.98, 0.95


def published(text: str | None) -> datetime | date | None:
    """The time of an article as its corpus has it."""
    text = (text or "").strip()
    for day in ("%a, %d %b %Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text[:16].strip(), day).date()
        except ValueError:
            continue
    for moment in (text, text[:16]):
        try:
            return datetime.fromisoformat(moment)
        except ValueError:
            continue
    return None


def texts_and_times(wanted: set[str]) -> dict[str, tuple[str, str | None]]:
    """Text and time of articles by id."""
    return {id_: (record["text"] or "", record["time"]) for id_, record in articles_of(wanted).items()}


def score(paragraphs: list[dict[str, Any]]) -> Score:
    """A date is right where its value is and the stretches overlap. Raises KeyError for an article that is missing."""
    articles = texts_and_times({paragraph["article"] for paragraph in paragraphs})
    result = Score()
    for paragraph in paragraphs:
        text, time = articles[paragraph["article"]]
        start = paragraph["start"]
        wanted = list(paragraph["dates"])
        for found in find_dates(text[start : paragraph["end"]], published=published(time), timezone=TIMEZONE):
            same = [
                label
                for label in wanted
                if label["value"] == found.value
                and label["start"] < start + found.end
                and start + found.start < label["end"]
            ]
            if same:
                wanted.remove(same[0])
                result.right += 1
            else:
                result.extra += 1
                result.errors.append(f"{paragraph['article']}: wrong {found.surface} {found.value}")
        for label in wanted:
            if "may" not in label:
                result.missed += 1
                surface = text[label["start"] : label["end"]]
                result.errors.append(f"{paragraph['article']}: missed {surface} {label['value']}")
    return result


def main() -> int:
    """Print precision, recall and what went wrong; 1 where a bar is missed."""
    if not (SHARED / "articles").exists():
        print(f"Nothing to measure: there is no {SHARED / 'articles'}", file=sys.stderr)
        return 0
    result = score(labels(DATES))
    met = result.precision >= BAR_PRECISION and result.recall >= BAR_RECALL
    print(
        f"dates: precision {result.precision:.3f} (bar {BAR_PRECISION:g}), recall {result.recall:.3f}"
        f" (bar {BAR_RECALL:g}), {result.right} right, {result.extra} wrong, {result.missed} missed:"
        f" {'met' if met else 'MISSED'}"
    )
    for error in result.errors:
        print(f"    {error}", file=sys.stderr)
    if "--record" in sys.argv:
        record({"dates: precision": round(result.precision, 4), "dates: recall": round(result.recall, 4)})
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())

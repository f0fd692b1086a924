"""Texts on standard input, answered line by line at full speed: no store, nothing started per line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config import settings
from config.load import load_watchlist
from desk.export import json_line
from pipelines import language
from pipelines.dates import find_dates
from pipelines.report import Reporter
from pipelines.store.document import report_fields
from pipelines.tag import Tagger

_DATE_KEYS = ("surface", "start", "end", "value", "precision", "rule")


def match_lines(lines: Iterable[bytes], out: TextIO, *, as_json: bool, explain: bool = False) -> list[str]:
    """Tag each JSON line {"id", "title", "text", "published", "timezone"} in order, and say what it reports.

    Returns what was wrong with lines that are none. With `explain` names that were refused are told too, `rule` saying
    why, and the words that gave each mention its part. Raises ConfigError where the watchlist cannot be used.
    """
    watchlist = load_watchlist(Path(settings.MARSAD_CONFIG))
    tagger, reporter = Tagger(watchlist), Reporter(watchlist)
    faults: list[str] = []
    for name, title, text, published, timezone in dated_texts(lines, faults):
        mentions, refused = tagger.explained(title, text) if explain else (tagger.mentions(title, text), ())
        day_only = published is not None and not isinstance(published, datetime)
        moment = datetime.combine(published, time(), UTC) if published is not None and day_only else published
        assert moment is None or isinstance(moment, datetime)
        answer, because = reporter.explained(
            title, text, mentions, published=moment, timezone=timezone, day_only=day_only
        )
        if as_json:
            told = {"id": name, "mentions": answer.mentions} | report_fields(answer)
            out.write(json_line(told | ({"refused": refused, "because": because} if explain else {})) + "\n")
            continue
        targets = f" on {', '.join(answer.targets)}" if answer.targets else ""
        out.write(f"{name}: {answer.report}{targets}, {len(mentions)} mentions\n")
        out.writelines(
            f"  {m.entity}\t{m.surface}\t{m.field} {m.start}-{m.end}\t{m.rule}\t{m.part} {m.when or ''}".rstrip() + "\n"
            for m in answer.mentions
        )
        out.writelines(f"  not {m.entity}\t{m.surface}\t{m.field} {m.start}-{m.end}\t{m.rule}\n" for m in refused)
        if explain:
            out.writelines(
                f"  because {b.entity}\tsentence {b.sentence}\t{b.part}{f' {b.when}' if b.when else ''}\t{b.words}\n"
                for b in because
                if b.words
            )
    return faults


def language_lines(lines: Iterable[bytes], out: TextIO, *, as_json: bool) -> list[str]:
    """Judge each JSON line {"id", "text"} in order; returns what was wrong with lines that are none."""
    language.warm_up()
    faults: list[str] = []
    for name, title, text in _texts(lines, faults):
        verdict = language.judge(title, text)
        if as_json:
            answer = {"arabic": verdict.arabic, "language": verdict.language, "reason": verdict.reason}
            out.write(json_line({"id": name} | answer) + "\n")
        else:
            out.write(
                f"{name}: {'Arabic' if verdict.arabic else 'not Arabic'} ({verdict.language}): {verdict.reason}\n"
            )
    return faults


def date_lines(lines: Iterable[bytes], out: TextIO, *, as_json: bool) -> list[str]:
    """Find dates in each JSON line {"id", "text", "published", "timezone"} in order; returns what was wrong."""
    faults: list[str] = []
    for name, _, text, published, timezone in dated_texts(lines, faults):
        found = find_dates(text, published=published, timezone=timezone)
        if as_json:
            answers = [{key: getattr(date, key) for key in _DATE_KEYS} for date in found]
            out.write(json_line({"id": name, "dates": answers}) + "\n")
        else:
            out.write(f"{name}: {len(found)} dates\n")
            out.writelines(f"  {d.value}\t{d.surface}\t{d.start}-{d.end}\t{d.rule}\n" for d in found)
    return faults


def dated_texts(
    lines: Iterable[bytes], faults: list[str]
) -> Iterator[tuple[Any, str, str, datetime | date | None, str]]:
    """Id, title, text, time of publication and time zone of each good line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            name, title, text = record["id"], record.get("title") or "", record["text"] or ""
            printed, timezone = record.get("published"), record.get("timezone") or settings.MARSAD_TIMEZONE
            if not all(isinstance(value, str) for value in (title, text, printed or "", timezone)):
                raise TypeError("title, text, published and timezone must be strings")
            zone = ZoneInfo(timezone)
            published = _day_or_moment(printed, zone) if printed else None
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
            # ZoneInfoNotFoundError is a KeyError that says more than the name of a key.
            missing = isinstance(error, KeyError) and not isinstance(error, ZoneInfoNotFoundError)
            why = f"{error} is missing" if missing else " ".join(map(str, error.args))
            faults.append(
                f'line {number}: not a JSON object with "id" and "text" (and "title", "published", "timezone"): {why}'
            )
            continue
        yield name, title, text, published, timezone


def _day_or_moment(text: str, zone: ZoneInfo) -> datetime | date:
    """A day as ISO 8601 has it, or a moment. Raises ValueError, and OverflowError at the ends of time."""
    if len(text.strip()) == 10:
        return date.fromisoformat(text.strip())
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)


def _texts(lines: Iterable[bytes], faults: list[str]) -> Iterator[tuple[Any, str, str]]:
    """Id, title and text of each good line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            name = record["id"]
            title, text = record.get("title") or "", record["text"] or ""
            if not isinstance(title, str) or not isinstance(text, str):
                raise TypeError("title and text must be strings")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            faults.append(f'line {number}: not a JSON object with "id" and "text": {why}')
            continue
        yield name, title, text

"""Texts on standard input, tagged at the matcher's full speed: no store, nothing started per line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from config import settings
from config.load import load_watchlist
from desk.export import json_line
from pipelines.tag import Tagger


def match_lines(lines: Iterable[bytes], out: TextIO, *, as_json: bool) -> list[str]:
    """Answer each JSON line {"id", "title", "text"} in order; returns what was wrong with lines that are none.

    Raises ConfigError where the watchlist cannot be used.
    """
    tagger = Tagger(load_watchlist(Path(settings.MARSAD_CONFIG)))
    faults = []
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
            faults.append(f'line {number}: not a JSON object with "id", "title" and "text": {why}')
            continue
        mentions = tagger.mentions(title, text)
        if as_json:
            out.write(json_line({"id": name, "mentions": mentions}) + "\n")
        else:
            out.write(f"{name}: {len(mentions)} mentions\n")
            out.writelines(f"  {m.entity}\t{m.surface}\t{m.field} {m.start}-{m.end}\t{m.rule}\n" for m in mentions)
    return faults

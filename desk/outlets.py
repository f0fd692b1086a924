"""Outlets looked at by processes of their own, and what came of it written into the operator's source files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from config import settings
from config.load import ConfigError, Fault
from desk.crawls import chosen_sources
from desk.processes import answer_of

AT_ONCE = 4
"""Outlets looked at at the same time; each has its own host, so that no host is asked faster."""
ORDER = (
    *("name", "home", "enabled", "country", "timezone", "hosts", "links_to", "article", "id"),
    *("query_is_identity", "allow_private"),
)

Report = dict[str, Any]


def check_sources(wanted: Sequence[str], told: Callable[[str, int, int], None]) -> tuple[list[Report], list[Fault]]:
    """What each source (all enabled ones where none is named) answers today, in order; and faults of files.

    Raises ConfigError for unknown sources, and where no contact is set for those that need one.
    """
    names, faults = chosen_sources(list(dict.fromkeys(wanted)))
    reports: dict[str, Report] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting = {pool.submit(_probe, "check", name): name for name in names}
        for done in as_completed(waiting):
            name = waiting[done]
            try:
                reports[name] = done.result()
            except ValueError as error:
                reports[name] = _unanswered(name, str(error))
            told("sources", len(reports), len(names))
    return [reports[name] for name in names], faults


def propose_source(url: str, *, private: bool) -> Report:
    """What a source file for the outlet with this home page may say, tried out. Raises ValueError with a complaint."""
    return _probe("propose", url, *(["--private"] if private else []))


def _probe(*arguments: str) -> Report:
    report: Report = json.loads(answer_of("crawler.probe", *arguments, otherwise="could not be looked at"))
    return report


def _unanswered(name: str, why: str) -> Report:
    return {"source": name, "robots": "unknown", "entrances": [], "article": None, "fault": why, "verdict": "fails"}


def keep_results(reports: Iterable[Report]) -> list[Path]:
    """Write into the operator's overlay whether each source works, and when that was seen; other keys stay.

    Raises ConfigError where no source works at all: then this machine has no network, and nothing is written.
    """
    reports = list(reports)
    if len(reports) > 1 and all(report["verdict"] == "fails" for report in reports):
        why = "none of the outlets answers; that is rather this machine's network, so nothing was written"
        raise ConfigError([Fault(Path(settings.MARSAD_CONFIG) / "sources", "", why)])
    written = []
    for report in reports:
        file = _file_of(report["source"])
        document = tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
        document["enabled"] = report["verdict"] != "fails"
        if "checked" in report:
            document["checked"] = date.fromisoformat(report["checked"])
        _write(file, tomlkit.dumps(document))
        written.append(file)
    return written


def source_file(report: Report) -> str:
    """The proposed source file as text."""
    proposal = report["proposal"] | {"id": report["proposal"].get("id_pattern")}
    document = tomlkit.document()
    document.add(tomlkit.comment(f"Proposed by `marsad sources discover` on {report['checked']}; look at it first."))
    for key in ORDER:
        if proposal.get(key) not in (None, [], ()):
            value = proposal[key]
            document[key] = tomlkit.string(value, literal=True) if key in ("article", "id") else value
    tables = tomlkit.aot()
    for entrance in proposal["entrance"]:
        table = tomlkit.table()
        table.update({"kind": entrance["kind"], "url": entrance["url"], "certainty": "checked"})
        table["worked"] = date.fromisoformat(report["checked"])
        tables.append(table)
    document["entrance"] = tables
    return tomlkit.dumps(document)


def keep_proposal(report: Report) -> Path:
    """Write the proposed file into the overlay. Raises ConfigError where there is one of that name already."""
    file = _file_of(report["source"])
    if file.exists():
        raise ConfigError([Fault(file, "", "is there already; nothing was written")])
    _write(file, source_file(report))
    return file


def _file_of(source: str) -> Path:
    return Path(settings.MARSAD_CONFIG) / "sources" / f"{source}.toml"


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(".toml.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)

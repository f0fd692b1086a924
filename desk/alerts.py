"""The rules of alerts, compiled: which of them an article makes ring.

With a thousand rules most have nothing to do with an article. Each rule therefore stands under something that every
article that it matches must have (an entity, a word, a source …), and only those under what an article has are tried.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config import settings
from config.alerts import FILE, Alert, Alerts, Channel, load_alerts
from config.load import Fault
from desk.kept import Kept
from desk.predicate import matches
from desk.query import QueryError, parse
from desk.watched import Watched
from pipelines.store.base import Document
from pipelines.store.query import FIELDS, And, During, Field, Has, Not, Or, Phrase, Query, Same, Time, Word, values

logger = logging.getLogger(__name__)

Sign = tuple[str, str]
"""Something that an article has: a field and one of its values, ("term", word), or ("has", field)."""
_COMMON = {"has": 60, "report": 50, "kind": 40, "country": 30, "source": 20, "state": 60, "section": 10, "term": 2}
"""How much of all that is published has one, roughly; everything else is rarer."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and the tree of its query."""

    alert: Alert
    query: Query


class Rules:
    """All rules that are switched on."""

    def __init__(self, alerts: Alerts, watched: Watched | None = None) -> None:
        """Raises ConfigError where a query names entities and the watchlist cannot be used."""
        self.channels: Mapping[str, Channel] = alerts.channels
        self.by_id: dict[str, Rule] = {}
        self.watched = watched = watched or Watched()
        faults = list(alerts.faults)
        for name, alert in alerts.rules.items():
            try:
                query = parse(alert.query, watched=watched)
                if any(isinstance(part, Time | During) for part in _leaves(query)):
                    why = "a time has no place in an alert: max_age says how old may be what rings"
                    raise QueryError(alert.query, 0, len(alert.query), why)
            except QueryError as error:
                faults.append(Fault(alerts.files[name], f"alert.{name}.query", str(error)))
                continue
            if alert.enabled:
                self.by_id[name] = Rule(alert, query)
        self.faults = tuple(faults)
        self._under: dict[Sign, list[Rule]] = {}
        self._everywhere: list[Rule] = []
        for rule in self.by_id.values():
            signs = _needed(rule.query)
            if signs is None:
                self._everywhere.append(rule)
            for sign in signs or ():
                self._under.setdefault(sign, []).append(rule)

    def matching(self, document: Document) -> list[Rule]:
        """The rules whose query a stored article answers, in the order of their ids."""
        tried = {rule.alert.id: rule for rule in self._everywhere}
        for sign in _signs(document):
            for rule in self._under.get(sign, ()):
                tried[rule.alert.id] = rule
        return [tried[name] for name in sorted(tried) if matches(tried[name].query, document)]


def _leaves(query: Query) -> Iterator[Query]:
    match query:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _leaves(part)
        case Not(part):
            yield from _leaves(part)
        case _:
            yield query


def _needed(query: Query) -> set[Sign] | None:
    """Signs of which every article that matches has at least one, as rare ones as can be; None where there are none."""
    match query:
        case Field(name, wanted):
            return {(name, value) for value in wanted}
        case Word(word):
            return {("term", word)}
        case Phrase():
            return {("term", max(query.terms, key=len))} if query.terms else None
        case Has(name):
            return {("has", name)}
        case And(parts) | Same(parts):
            found = [signs for part in parts if (signs := _needed(part)) is not None]
            return min(found, key=_frequency) if found else None
        case Or(parts):
            of_parts = [_needed(part) for part in parts]
            return None if None in of_parts else {sign for signs in of_parts for sign in signs or ()}
        case _:
            return None


def _frequency(signs: set[Sign]) -> int:
    return sum(_COMMON.get(name, 1) for name, _ in signs)


def _signs(document: Document) -> Iterator[Sign]:
    for name in FIELDS:
        found = values(document, name)
        if found:
            yield "has", name
            for value in found:
                yield name, value
    for term in document["terms"]:
        yield "term", term


# ---------------------------------------------------------------- the rules that the environment names
def _read() -> Rules:
    rules = Rules(load_alerts(Path(settings.MARSAD_CONFIG)))
    for fault in rules.faults:
        logger.error("An alert is not in use: %s", fault)
    return rules


_rules = Kept(_read, FILE, "watchlist/*.toml")


def configured_rules() -> Rules:
    """Those of today's files. Raises ConfigError as `Rules` does.

    What is wrong with single rules is logged once, and in `faults`: the others ring all the same.
    """
    return _rules.get()

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
from pipelines.store.query import (
    FIELDS,
    And,
    During,
    Field,
    Has,
    Or,
    Phrase,
    Query,
    Same,
    Time,
    Word,
    leaves,
    values,
)

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
    needed: tuple[frozenset[Sign], ...] = ()
    """Of each of these an article that it matches has at least one: tried first, because that is quick."""


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
                if any(isinstance(part, Time | During) for part in leaves(query)):
                    why = "a time has no place in an alert: max_age says how old may be what rings"
                    raise QueryError(alert.query, 0, len(alert.query), why)
            except QueryError as error:
                faults.append(Fault(alerts.files[name], f"alert.{name}.query", str(error)))
                continue
            if alert.enabled:
                self.by_id[name] = Rule(alert, query, tuple(_needed(query)))
        self.faults = tuple(faults)
        self._under: dict[Sign, list[Rule]] = {}
        self._everywhere: list[Rule] = []
        for rule in self.by_id.values():
            if not rule.needed:
                self._everywhere.append(rule)
                continue
            for sign in min(rule.needed, key=_frequency):
                self._under.setdefault(sign, []).append(rule)

    def matching(self, document: Document) -> list[Rule]:
        """The rules whose query a stored article answers, in the order of their ids."""
        tried = {rule.alert.id: rule for rule in self._everywhere}
        signs = set(_signs(document))
        for sign in signs & self._under.keys():
            for rule in self._under[sign]:
                if not any(needed.isdisjoint(signs) for needed in rule.needed):
                    tried[rule.alert.id] = rule
        return [tried[name] for name in sorted(tried) if matches(tried[name].query, document)]


def _needed(query: Query) -> Iterator[frozenset[Sign]]:
    """Sets of signs, of each of which every article that matches has at least one."""
    match query:
        case Field(name, wanted):
            yield frozenset((name, value) for value in wanted)
        case Word(word):
            yield frozenset({("term", word)})
        case Phrase():
            yield from (frozenset({("term", term)}) for term in query.terms)
        case Has(name):
            yield frozenset({("has", name)})
        case And(parts):
            for part in parts:
                yield from _needed(part)
        case Same():
            yield from _needed(query.around)
        case Or(parts):
            of_parts = [min(_needed(part), key=_frequency, default=None) for part in parts]
            found = [signs for signs in of_parts if signs is not None]
            if len(found) == len(parts):
                yield frozenset().union(*found)
        case _:
            return


def _frequency(signs: frozenset[Sign]) -> int:
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

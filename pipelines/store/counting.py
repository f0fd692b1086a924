"""How many articles, stories or events there are, as SQL on the tables of the embedded store."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import chain

from pipelines.store.days import DayQuestion, Key, counted, day_question, summed
from pipelines.store.document import from_json
from pipelines.store.matching import Plan, plan
from pipelines.store.query import FIELDS, PERIODS, Counted, Query, of_events

_UNITS = {"articles": "a.n", "stories": "coalesce(a.story, a._id)", "events": "t.event"}
_COLUMNS = {
    "day": "a.day",
    "week": "date(a.day, '-6 days', 'weekday 1')",
    "month": "substr(a.day, 1, 7)",
    "source": "a.source",
    "entity": "e.entity",
    "kind": "e.kind",
    "pair": "e.entity || ' ' || f.entity",
}
_JOINS = {
    "entity": "JOIN entities e ON e.n = a.n",
    "kind": "JOIN entities e ON e.n = a.n",
    "pair": "JOIN entities e ON e.n = a.n JOIN entities f ON f.n = a.n AND f.entity > e.entity",
}


def count(connection: sqlite3.Connection, query: Query, of: Counted, at_most: int | None = None) -> int:
    """How many articles match, or of how many stories or events they are; articles are counted to `at_most`."""
    wanted = plan(query)
    told = _told(wanted, query) if of == "events" else ""
    values = wanted.all_values
    if of != "articles":
        statement = f"SELECT count(DISTINCT {_UNITS[of]}) {wanted.source(told)}"
    elif at_most is not None:
        statement = f"SELECT count(*) FROM (SELECT 1 {wanted.source()} LIMIT ?)"  # noqa: S608 (ours)
        values.append(at_most)
    else:
        statement = f"SELECT count(*) {wanted.source()}"
    return int(connection.execute(statement, values).fetchone()[0])


def tally(
    connection: sqlite3.Connection, query: Query, by: Sequence[str], of: Counted, timezone: str
) -> dict[tuple[str, ...], int]:
    """See `Store.tally`; from the counts kept by day where they answer it."""
    kept = day_question(query, by, of, timezone)
    if kept is not None:
        return _from_days(connection, kept, by)
    wanted = plan(query)
    told = [_told(wanted, query)] if of == "events" else []
    known = _COLUMNS | {"target": "t.target"} if told else _COLUMNS
    columns = [known.get(group) or f"v{place}.value" for place, group in enumerate(by)]
    each_by = ["" if group in known else _values(group, place) for place, group in enumerate(by)]
    joins = " ".join(dict.fromkeys([*told, *filter(None, map(_JOINS.get, by)), *each_by]))
    # An article has several entities of a kind, and stories several articles.
    what = "count(*)" if of == "articles" and "kind" not in by else f"count(DISTINCT {_UNITS[of]})"
    source = wanted.source(joins)
    if of != "articles" and not set(PERIODS).isdisjoint(by):
        what = "count(*)"
        values = [f"{column} AS c{place}" for place, column in enumerate(columns) if by[place] not in PERIODS]
        keys = ", ".join(["unit", *(value.rpartition(" ")[2] for value in values)])
        each = f"SELECT {', '.join([f'{_UNITS[of]} AS unit', 'min(a.day) AS day', *values])} {source} GROUP BY {keys}"
        source = f"FROM ({each}) a"
        columns = [_COLUMNS[group] if group in PERIODS else f"c{place}" for place, group in enumerate(by)]
    grouped = f" GROUP BY {', '.join(columns)}" if columns else ""
    statement = f"SELECT {', '.join([*columns, what])} {source}{grouped}"
    rows = connection.execute(statement, wanted.all_values)
    return {tuple(row[:-1]): row[-1] for row in rows if row[-1] and None not in row[:-1]}


def _told(wanted: Plan, query: Query) -> str:
    """The join that gives each attack that an article tells of, of those that the query asks for."""
    for asked in of_events(query):
        marks = ",".join("?" * len(asked.values))
        wanted.tests.append(f"t.{asked.name} IN ({marks})")
        wanted.values += asked.values
    return "JOIN told t ON t.n = a.n"


def _values(group: str, place: int) -> str:
    """The join that gives each value of a field that is in the document alone."""
    return (
        f"JOIN documents d{place} ON d{place}.n = a.n JOIN json_each(d{place}.document, '$.{FIELDS[group]}') v{place}"
    )


def _from_days(connection: sqlite3.Connection, question: DayQuestion, by: Sequence[str]) -> dict[tuple[str, ...], int]:
    statement = (
        "SELECT day, value, articles FROM days WHERE field = ?1 AND (?2 IS NULL OR value = ?2)"
        " AND (?3 IS NULL OR day >= ?3) AND (?4 IS NULL OR day < ?4)"
    )
    if question.value is not None:
        statement = statement.replace("(?2 IS NULL OR value = ?2)", "value = ?2")
    elif question.since is not None:
        statement = statement.replace("(?3 IS NULL OR day >= ?3)", "day >= ?3")
    bounds = (question.field, question.value, question.since, question.until)
    return summed(connection.execute(statement, bounds), by)


def recount(connection: sqlite3.Connection, *, repair: bool) -> int:
    """How many counts by day differ from the articles; with `repair` they are replaced."""
    documents = (from_json(text) for (text,) in connection.execute("SELECT document FROM documents"))
    right: Counter[Key] = Counter(chain.from_iterable(map(counted, documents)))
    kept: dict[Key, int] = {(field, value, day): n for field, value, day, n in connection.execute("SELECT * FROM days")}
    wrong = sum(kept.get(key) != right.get(key) for key in kept.keys() | right.keys())
    if repair and wrong:
        connection.execute("DELETE FROM days")
        connection.executemany("INSERT INTO days VALUES (?, ?, ?, ?)", ((*key, n) for key, n in right.items()))
    return wrong

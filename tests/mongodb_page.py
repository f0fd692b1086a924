"""The queries that docs/mongodb.md prints, read from there; what is printed is what runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from pymongo.database import Database

PAGE = Path(__file__).resolve().parent.parent / "docs" / "mongodb.md"

_GRAMMAR = r"""
start: "db" "." NAME call+
call: "." NAME "(" [value ("," value)*] ")"
?value: object | array | STRING -> string | NUMBER -> number | NAME "(" STRING ")" -> date | "true" -> true
  | "null" -> null
object: "{" [pair ("," pair)*] "}"
pair: (NAME | STRING) ":" value
array: "[" [value ("," value)*] "]"
NAME: /[$A-Za-z_][\w$]*/
STRING: /"[^"]*"/
NUMBER: /-?\d+/
%ignore /\s+/
"""


_NULL = "null"
"""Stands for it while a query is read, for what is missing there is None."""


class _Values(Transformer[Token, Any]):
    """The shell's way to write documents -> Python's."""

    def string(self, children: list[Token]) -> str:
        return str(json.loads(children[0]))

    def number(self, children: list[Token]) -> int:
        return int(children[0])

    def true(self, children: list[Token]) -> bool:
        return True

    def null(self, children: list[Token]) -> str:
        return _NULL

    def date(self, children: list[Token]) -> datetime:
        assert children[0] == "ISODate"
        return datetime.fromisoformat(children[1][1:-1])

    def pair(self, children: list[Any]) -> tuple[str, Any]:
        return children[0].strip('"'), None if children[1] is _NULL else children[1]

    def object(self, children: list[Any]) -> dict[str, Any]:
        return dict(child for child in children if child is not None)

    def array(self, children: list[Any]) -> list[Any]:
        return [child for child in children if child is not None]

    def call(self, children: list[Any]) -> tuple[str, list[Any]]:
        return str(children[0]), [child for child in children[1:] if child is not None]

    def start(self, children: list[Any]) -> tuple[str, list[tuple[str, list[Any]]]]:
        return str(children[0]), children[1:]


@dataclass(frozen=True, slots=True)
class Printed:
    """One query of the page."""

    title: str
    code: str

    @property
    def number(self) -> int:
        return int(self.title.split(".")[0])

    @property
    def parsed(self) -> tuple[str, list[tuple[str, list[Any]]]]:
        """Collection, and the calls on it."""
        found: tuple[str, list[tuple[str, list[Any]]]]
        found = _Values().transform(Lark(_GRAMMAR, parser="lalr").parse(self.code))
        return found

    @property
    def filter(self) -> dict[str, Any]:
        """What the query looks up first."""
        _, ((method, arguments), *_) = self.parsed
        return dict(arguments[0]) if method == "find" else dict(arguments[0][0]["$match"])

    def run(self, database: Database[dict[str, Any]]) -> list[dict[str, Any]]:
        """Its answer."""
        name, calls = self.parsed
        answer: Any = database[name]
        for method, arguments in calls:
            act: Callable[..., Any] = getattr(answer, method)
            answer = act(list(arguments[0].items())) if method == "sort" else act(*arguments)
        return list(answer)


def printed() -> list[Printed]:
    """Every query under a numbered heading."""
    found = re.findall(
        r"^### (\d+\..*?)\n\n```js\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [Printed(title, code) for title, code in found]

"""The query language: what an analyst types -> the tree that both stores and `desk.predicate` answer.

entity:iq-ain-al-asad (صاروخ OR مسيرة) -source:demo since:7d
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, Tree, UnexpectedCharacters, UnexpectedToken
from lark.exceptions import VisitError

from desk.moments import moment, stretch
from desk.watched import Watched
from pipelines import arabic
from pipelines.store.query import (
    EVERYTHING,
    FIELDS,
    NUMBERS,
    And,
    During,
    Field,
    Has,
    Not,
    Number,
    Or,
    Phrase,
    Query,
    Same,
    Time,
    Word,
    both,
    leaves,
)

MAX_LENGTH = 4_000
"""Characters of a query."""
MAX_DEPTH = 40
"""Parentheses within parentheses."""
MAX_GAP = 9
KILOMETRES = 25.0
"""How near near: is, unless it says."""

GRAMMAR = r"""
start: either?
?either: every (OR every)*
?every: one (AND? one)*
?one: (NOT | MINUS) one -> negated
    | "(" either ")"
    | SAME "(" either ")" -> same
    | FIELD (VALUE | PHRASE) -> field
    | FIELD "(" value (OR value)* ")" -> field
    | PHRASE -> phrase
    | WORD -> word
?value: VALUE | PHRASE | WORD

OR.3: /OR(?=[\s()]|$)/
AND.3: /AND(?=[\s()]|$)/
NOT.3: /NOT(?=[\s()]|$)/
SAME.3: /same(?=\()/i
MINUS.2: /-(?=[^\s-])/
FIELD.4: /[A-Za-z_]+:/
PHRASE.3: /"[^"]*"(~\d+)?|«[^»]*»(~\d+)?|“[^”]*”(~\d+)?/
VALUE.5: /(?<=:)[^\s()"«“]+/
WORD: /[^\s()"«“]+/
%ignore /[\s\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/
"""

HELP = """\
A query is words and fields, all of which must hold:

  entity:iq-ain-al-asad (صاروخ OR مسيرة) -source:demo since:7d

  صاروخ                    the word, however it is spelled, also with و ف ب ك ل before it; ال is part of a word
  "قاعدة عين الأسد"         these words in this order; "…"~2: at most two others between each
  OR  AND  NOT  -  ( )     AND is what a space means; - is NOT
  entity:ID or name        mentions it; kind: base, militia, force, person, weapon
  near:PLACE,50km          mentions an entity within 50 km of one, or of 33.8,42.4 (25 km unless said)
  same(قصف entity:A)       all of it in one sentence: words, "phrases", entity: kind: near:, with OR and -
  since: until: on:        2022-01-05, 2022-01, 2022, 2022-01-05T06:00, 7d, 12h, yesterday; until: is before it
  source: country: section: author: state: story: id:   by the whole value, as `marsad find --json` prints it
  report: target: claimed: denied: accused: weapon: event:   what it reports; event: takes an id or a date
  mentions:>=2  outlets:>=3  revision:2..4
  has:revision             also mention, story, event, target, claim, denial, author, section, weapon
  entity:(A OR B)          one of several; entity:any  any at all
"""


class QueryError(ValueError):
    """What is wrong with a query, where, and what was expected there."""

    def __init__(self, query: str, place: int, length: int, why: str) -> None:
        self.place = place
        """Character where the trouble begins, from 0."""
        # Marked where it stands: a caret in the next line points anywhere but there where text runs to the left.
        marked = f"{query[:place]}⟦{query[place : place + length]}⟧{query[place + length :]}"
        super().__init__(f"character {place + 1}: {why}\n  {marked}")


def parse(text: str, *, watched: Watched | None = None, now: datetime | None = None) -> Query:
    """The tree of a query; an empty one asks for everything.

    Raises QueryError naming the place, and ConfigError where it names entities and the watchlist cannot be used.
    """
    text = "".join(" " if _is_odd(sign) else sign for sign in text)
    if len(text) > MAX_LENGTH:
        raise QueryError(text[:40] + "…", 40, 1, f"a query has at most {MAX_LENGTH} characters, this one {len(text)}")
    _check_depth(text)
    try:
        tree = _parser().parse(text)
    except UnexpectedToken as error:
        raise _unexpected(text, error) from None
    except UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        raise QueryError(text, place, 1, _odd_character(text[place])) from None
    _check_sentences(text, tree)
    try:
        query: Query = _Tree(text, watched or Watched(), now).transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    return query


def fields(name: str, called: Iterable[str], *, watched: Watched) -> Query:
    """As `name:(a OR b)`, for values that do not come from a query. Raises ValueError as `parse` does."""
    return Or(tuple(_field(name, value, watched, None) for value in called))


def _is_odd(sign: str) -> bool:
    """Whether no store could hold the character, nor any text have it: NUL and its like, halves of surrogate pairs."""
    return sign < " " or "\x7f" <= sign <= "\x9f" or "\ud800" <= sign <= "\udfff"


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="basic")


def _check_depth(text: str) -> None:
    depth = 0
    quoted = ""
    for place, sign in enumerate(text):
        if quoted or sign in '"«“':
            quoted = ("" if sign == quoted else quoted) if quoted else {'"': '"', "«": "»", "“": "”"}[sign]
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if depth > MAX_DEPTH:
            raise QueryError(text, place, 1, f"more than {MAX_DEPTH} parentheses within one another")
    if negations := _NEGATIONS.search(text):
        raise QueryError(text, negations.start(), 3, f"more than {MAX_DEPTH} NOT in a row")


_NEGATIONS = re.compile(rf"(?:(?:NOT\b|-)\s*){{{MAX_DEPTH + 1}}}")
_OF_A_SENTENCE = ("entity", "kind", "near")
_EXAMPLE = "same(قصف entity:iq-taji)"


def _check_sentences(text: str, tree: Tree[Token]) -> None:
    """Raises QueryError at what same(…) cannot ask of a sentence."""
    for same in tree.find_data("same"):
        for inner in (*same.find_data("field"), *(other for other in same.find_data("same") if other is not same)):
            token = inner.children[0]
            assert isinstance(token, Token)
            name = token.rstrip(":").lower()
            if name == "same" or (name in _KNOWN and name not in _OF_A_SENTENCE):
                fields = ", ".join(f"{field}:" for field in _OF_A_SENTENCE)
                why = f"same(…) asks for words, phrases, {fields}, and {token} is not told sentence by sentence"
                raise QueryError(text, token.start_pos or 0, len(token), why)


_EXPECTED = 'a word, a "phrase", a field such as entity: or ('


def _unexpected(text: str, error: UnexpectedToken) -> QueryError:
    token: Token = error.token
    place, length = (len(text), 0) if token.type == "$END" else (token.start_pos or 0, len(token))
    wanted = set(error.expected)
    opened = text.rfind("(", 0, place)
    if token.type == "$END" and "RPAR" in wanted:
        why = f"the parenthesis opened at character {opened + 1} is not closed: expected ) or {_EXPECTED}"
    elif token.type == "RPAR" and "WORD" not in wanted:
        why = "this parenthesis was never opened"
    elif wanted & {"VALUE"} and "WORD" not in wanted:
        why = f"expected a value right after {text[:place].split()[-1] if text[:place].split() else ''}"
    elif "WORD" not in wanted:
        why = f"{str(token)!r} cannot stand here: expected OR between values, or )"
    elif token.type == "RPAR":
        why = f"nothing stands before this parenthesis: expected {_EXPECTED}"
    elif token.type == "$END":
        why = f"the query ends here, and something must follow: expected {_EXPECTED}"
    else:
        why = f"{str(token)!r} cannot stand here: expected {_EXPECTED}"
    return QueryError(text, place, length, why)


def _odd_character(sign: str) -> str:
    if sign in '"«“':
        return "the quotation mark opened here is not closed"
    return f"{sign!r} cannot stand here: expected {_EXPECTED}"


class _Tree(Transformer[Token, Any]):
    """lark's tree -> ours, from the leaves up."""

    def __init__(self, text: str, watched: Watched, now: datetime | None) -> None:
        super().__init__()
        self._text = text
        self._watched = watched
        self._now = now

    def _fail(self, token: Token, why: str) -> QueryError:
        return QueryError(self._text, token.start_pos or 0, len(token), why)

    def start(self, children: list[Query]) -> Query:
        return both(*children) if children else EVERYTHING

    def either(self, children: list[Query | Token]) -> Query:
        parts = [child for child in children if not isinstance(child, Token)]
        return Or(tuple(part for one in parts for part in (one.parts if isinstance(one, Or) else (one,))))

    def every(self, children: list[Query | Token]) -> Query:
        return both(*(child for child in children if not isinstance(child, Token)))

    def negated(self, children: list[Any]) -> Query:
        return Not(children[1])

    def word(self, children: list[Token]) -> Query:
        (token,) = children
        if token.startswith("--"):
            raise self._fail(token, "no such option (and a word does not begin with --)")
        return self._text_query(token, str(token), 0)

    def phrase(self, children: list[Token]) -> Query:
        (token,) = children
        content, gap = _unquoted(token)
        if gap > MAX_GAP:
            raise self._fail(token, f"at most {MAX_GAP} words may stand between (~{MAX_GAP})")
        return self._text_query(token, content, gap)

    def _text_query(self, token: Token, content: str, gap: int) -> Query:
        words = arabic.words(arabic.fold(content).text)
        if not words:
            raise self._fail(token, "has no letter and no digit that could be looked for")
        if len(words) == 1 and arabic.is_term(words[0]):
            return Word(words[0])
        return Phrase(tuple(words), gap)

    def field(self, children: list[Token]) -> Query:
        name = children[0][:-1].lower()
        values = [child for child in children[1:] if child.type in ("VALUE", "PHRASE", "WORD")]
        if name not in _KNOWN:
            near = get_close_matches(name, _KNOWN, 1)
            hint = f"did you mean {near[0]}:" if near else f"fields are {', '.join(_KNOWN)}"
            raise self._fail(children[0], f"no field {name}: {hint}; text with a colon goes into quotation marks")
        parts = []
        for token in values:
            value = _unquoted(token)[0] if token.type == "PHRASE" else str(token)
            try:
                parts.append(_field(name, value, self._watched, self._now))
            except ValueError as error:
                raise self._fail(token, str(error)) from None
        same_field = [part for part in parts if isinstance(part, Field)]
        if len(same_field) == len(parts):
            return Field(same_field[0].name, tuple(dict.fromkeys(v for part in same_field for v in part.values)))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def same(self, children: list[Any]) -> Query:
        token, inner = children
        if sum(len(leaf.words) if isinstance(leaf, Phrase) else 1 for leaf in leaves(inner)) < 2:
            raise self._fail(token, f"same(…) takes at least two, such as {_EXAMPLE}")
        if all(isinstance(part, Not) for part in (inner.parts if isinstance(inner, And) else (inner,))):
            raise self._fail(token, f"same(…) needs something that the sentence has, such as {_EXAMPLE}")
        return Same(inner)


def _unquoted(token: Token) -> tuple[str, int]:
    content, _, gap = str(token)[1:].rpartition(token[-1] if token[-1] in '"»”' else "~")
    if token[-1] in '"»”':
        return content, 0
    return content[:-1], int(gap)


# ---------------------------------------------------------------- one field with one value
_WHOLE = {
    "kind": ("base", "militia", "force", "person", "weapon"),
    "report": ("attack", "denial", "threat", "none"),
    "state": ("live", "edited", "gone", "moved"),
}
_ENTITIES = ("entity", "target", "claimed", "denied", "accused", "weapon")
_HAS: dict[str, Query] = {
    "revision": Number("revision", 2, None),
    "mention": Has("entity"),
    "claim": Has("claimed"),
    "denial": Has("denied"),
    **{name: Has(name) for name in ("story", "event", "target", "accused", "weapon", "author", "section")},
}
_COMPARISON = re.compile(r"(>=|<=|>|<|=|)(\d{1,6})|(\d{1,6})\.\.(\d{1,6})")
_FIGURE = r"\d+(?:\.\d+)?"
_NEAR = re.compile(
    rf"(?:(?P<lat>-?{_FIGURE})\s*,\s*(?P<lon>-?{_FIGURE})|(?P<place>.+?))(?:\s*,\s*(?P<km>{_FIGURE})\s*(?:km|كم)?)?",
    re.IGNORECASE,
)


def _field(name: str, value: str, watched: Watched, now: datetime | None) -> Query:
    """Raises ValueError saying what is wrong with the value."""
    if not value:
        raise ValueError(f"{name}: needs a value")
    if name in FIELDS and value == "any":
        return Has(name)
    if name in _OTHERS:
        return _OTHERS[name](value, watched, now)
    if name in NUMBERS:
        return _number(name, value)
    if name in _WHOLE:
        if value.lower() not in _WHOLE[name]:
            raise ValueError(f"{name}: is one of {', '.join(_WHOLE[name])}")
        return Field(name, (value.lower(),))
    if name in _ENTITIES:
        return Field(name, watched.ids(value))
    if name == "country":
        if not re.fullmatch("[A-Za-z]{2}", value):
            raise ValueError("country: takes two letters, such as IQ or SY")
        return Field(name, (value.upper(),))
    return Field(name, (value,))


def _number(name: str, value: str) -> Number:
    found = _COMPARISON.fullmatch(value)
    if not found:
        raise ValueError(f"{name}: takes a number, such as {name}:>=2, {name}:<5, {name}:3 or {name}:2..4")
    if found[3]:
        return Number(name, int(found[3]), int(found[4]))
    figure = int(found[2])
    least, most = {
        ">=": (figure, None),
        ">": (figure + 1, None),
        "<=": (None, figure),
        "<": (None, figure - 1),
    }.get(found[1], (figure, figure))
    return Number(name, least, most)


def _has(value: str, watched: Watched, now: datetime | None) -> Query:
    if value.lower() not in _HAS:
        raise ValueError(f"has: is one of {', '.join(_HAS)}")
    return _HAS[value.lower()]


def _near(value: str, watched: Watched, now: datetime | None) -> Query:
    found = _NEAR.fullmatch(value.strip())
    if found is None:
        raise ValueError("near: takes an entity or a point, such as near:iq-taji,50km or near:33.8,42.4,50km")
    point = (float(found["lat"]), float(found["lon"])) if found["lat"] else watched.place(found["place"])
    if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
        raise ValueError("near: takes latitude (-90 to 90), then longitude (-180 to 180)")
    return Field("entity", watched.near(point, float(found["km"] or KILOMETRES)))


def _event(value: str, watched: Watched, now: datetime | None) -> Query:
    try:
        return During(*stretch(value, now=now))
    except ValueError:
        return Field("event", (value,))


_OTHERS: dict[str, Callable[[str, Watched, datetime | None], Query]] = {
    "since": lambda value, _, now: Time(moment(value, now=now), None),
    "until": lambda value, _, now: Time(None, moment(value, now=now)),
    "on": lambda value, _, now: Time(*stretch(value, now=now)),
    "near": _near,
    "has": _has,
    "event": _event,
}
_KNOWN = tuple(dict.fromkeys((*FIELDS, *NUMBERS, *_OTHERS)))

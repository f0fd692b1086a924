"""The names of the watchlist as they are looked for: with their spellings, particles, and usual other forms."""

from __future__ import annotations

from collections.abc import Iterator

from config.entities import Entity, Watchlist
from pipelines.arabic import fold, words
from pipelines.tag.alias import Alias, Conditions

_BEFORE_PLAIN = frozenset(f"{a}{b}" for a in ("", "و", "ف") for b in ("", "ب", "ل", "ك"))
_BEFORE_ARTICLE = frozenset(f"{a}{b}" for a in ("", "و", "ف") for b in ("", "ب", "ك"))
_BEFORE_LAM = frozenset(f"{a}ل" for a in ("", "و", "ف"))


def patterns(watchlist: Watchlist) -> dict[str, list[Alias]]:
    """What to look for in folded text: every name in all its spellings, and the entities that it may stand for."""
    found: dict[str, list[Alias]] = {}
    for entity in watchlist.entities:
        conditions = Conditions.of(entity)
        for condition, name in (*names_of(entity), *_as_militia(entity, watchlist)):
            for pattern, before in _patterns(name):
                alias = Alias(entity, conditions, condition, before)
                aliases = found.setdefault(pattern, [])
                if alias not in aliases:
                    aliases.append(alias)
    return found


def folded_name(name: str) -> str:
    """A name as it is looked for; "" where it has no letter and no digit."""
    folded = fold(name).text
    return " ".join(folded.split()) if words(folded) else ""


def _patterns(name: str) -> Iterator[tuple[str, frozenset[str]]]:
    """What to look for, and what may stand before it in the same word."""
    folded = folded_name(name)
    if not folded:
        return
    first = folded.split()[0]
    if first.startswith("ال") and len(first) > 3:
        for spelling in spellings(folded):
            yield spelling, _BEFORE_ARTICLE
            yield spelling[1:], _BEFORE_LAM
    elif len(first) < 3:
        yield folded, frozenset({"", "ال"})
    else:
        for spelling in spellings(folded):
            yield spelling, _BEFORE_PLAIN


# What is spelled either way. Each name is looked for in all its spellings.
_SPELLINGS = (
    ("اميرك", "امريك"),
    ("سوريا", "سوريه"),
    ("مليشي", "ميليشي"),
    ("ديمقراط", "ديموقراط"),
    ("ابو ", "ابي "),
    ("ابو ", "ابا "),
    ("عبد ال", "عبدال"),
    ("نصر الله", "نصرالله"),
    ("البنتاغون", "البنتاجون"),
    ("بيشمرك", "بشمرك"),
    ("بيشمرك", "بيشمرگ"),
)


_MILITIA_NOUNS = frozenset(("لواء", "كتائب", "كتيبة", "حركة", "سرايا", "منظمة", "فصيل", "جماعة"))


def _as_militia(entity: Entity, watchlist: Watchlist) -> Iterator[tuple[str, str]]:
    """Who does not like a group calls it a militia: ميليشيا أبو الفضل العباس for لواء أبو الفضل العباس."""
    if entity.kind != "militia":
        return
    others = {name for other in watchlist.entities if other is not entity for name in other.names}
    for name in entity.names:
        noun, _, rest = name.partition(" ")
        # ميليشيا حزب الله is the one in Lebanon, whatever the كتائب in Iraq.
        if rest and noun in _MILITIA_NOUNS and rest not in others:
            yield "names", f"ميليشيا {rest}"
            yield "names", f"ميليشيات {rest}"


def spellings(folded: str) -> set[str]:
    """A folded name in every way it may be spelled."""
    found = {folded}
    for one, other in _SPELLINGS:
        found |= {f" {name}".replace(f" {one}", f" {other}")[1:] for name in found if one.endswith(" ")}
        found |= {
            name.replace(a, b) for a, b in ((one, other), (other, one)) for name in found if not one.endswith(" ")
        }
    return found


def names_of(entity: Entity) -> Iterator[tuple[str, str]]:
    """Every name, with the condition on which it counts."""
    for condition in ("names", "context", "headed", "later", "instead"):
        for name in getattr(entity, condition):
            yield condition, name
    for owner in entity.whose:
        if owner.startswith("ال"):
            forms = [f"{base} {whose}" for base in ("قاعدة", "قواعد") for whose in (owner, f"لل{owner[2:]}")]
        else:
            forms = [f"{base} {owner}" for base in ("قاعدة", "قواعد", "قاعدة عسكرية", "قواعد عسكرية")]
            forms += [f"{base} ال{owner}" for base in ("القاعدة", "القواعد", "القاعدة العسكرية", "القواعد العسكرية")]
        for place in entity.where:
            for form in forms:
                yield "names", f"{form} في {place}"
                yield "names", f"{form} ب{place}"

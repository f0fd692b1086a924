"""Searches in Arabic with texts that must be found and texts that must not; us beside two plain ways to search."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from desk.predicate import matches
from desk.query import parse
from pipelines.arabic import fold, terms, words
from pipelines.store.base import Document


@dataclass(frozen=True, slots=True)
class Search:
    """What is typed, a text that it must find, and one that it must not ("": none)."""

    kind: str
    query: str
    found: str
    other: str = ""


SEARCHES = (
    # Hamza, alef maqsura, ta marbuta: written or left out at will.
    Search("spelling", "الأسد", "تعرضت قاعدة عين الاسد لهجوم", "أسد في حديقة الحيوان"),
    Search("spelling", "الاسد", "تعرضت قاعدة عين الأسد لهجوم"),
    Search("spelling", "أربيل", "سقط صاروخ قرب اربيل فجرا", "الجسر الأربعون"),
    Search("spelling", "قاعده", "أغلقت القوات قاعدة التاجي", "وضع المجلس قواعد للنشر"),
    Search("spelling", "قاعدة", "هجوم على قاعده التاجي"),
    Search("spelling", "مصطفى", "التقى مصطفي الكاظمي الوفد", "اصطفاف في البرلمان"),
    Search("spelling", "الشدادى", "عاد الهدوء إلى الشدادي"),
    Search("spelling", "إيران", "قالت ايران إنها سترد", "الطيران الحربي"),
    Search("spelling", "آليات", "دخلت اليات عسكرية إلى القاعدة"),
    Search("spelling", "مسؤول", "قال مسؤول أمني إن الهجوم فشل", "مسائل عالقة"),
    # Particles before the word.
    Search("particles", "صاروخ", "وصاروخ آخر سقط في الصحراء", "الصاروخية الجديدة"),
    Search("particles", "طائرتين", "هاجموا المطار بطائرتين مسيرتين", "طائرة واحدة"),
    Search("particles", "القوات", "إسناد جوي للقوات العراقية", "قوات محلية"),
    Search("particles", "الحشد", "انسحاب فوج للحشد من البلدة", "احتشد المتظاهرون"),
    Search("particles", "الحشد", "وللحشد كلمة أخرى"),
    Search("particles", "قاعدة", "وبقاعدة التاجي جنود أجانب", "مقاعد البرلمان"),
    Search("particles", "العراق", "بالعراق وسوريا", "عراقية"),
    Search("particles", "مليشيا", "اتهام لمليشيا مسلحة", "الإملاءات"),
    Search("particles", "ضربة", "ردت الطائرات بضربة جوية", "مضارب العشيرة"),
    Search("particles", "النجباء", "فالنجباء لم تعلن موقفها", "نجيب محفوظ"),
    Search("particles", "كتائب", "وكتائب أخرى في المنطقة", "كتاب جديد"),
    # Vowel signs, lengthening, decomposed letters, ligatures.
    Search("vowelling", "كتائب", "كَتَائِبُ المقاومة"),
    Search("vowelling", "مسيرتين", "إسقاط مسيّرتين قرب المطار", "مسيرة واحدة"),
    Search("vowelling", "مسيّرة", "مسيرة مفخخة"),
    Search("vowelling", "النجباء", "حركة النـجـبـاء تنفي"),
    Search("vowelling", "قَاعِدَة", "قاعدة عسكرية جديدة"),
    Search("vowelling", "الأسد", "عين الا\u0654سد", "لأسد"),
    Search("vowelling", "الله", "حزب ﷲ"),
    Search("vowelling", "هيئة", "هيي\u0654ة الحشد"),
    Search("vowelling", "قاعدة", "ﻗﺎﻋﺪة حرير"),
    Search("vowelling", "سوريا", "سُوريَا والأردن"),
    # Letters of Persian keyboards, digits, invisible signs.
    Search("Farsi letters", "كتائب", "کتائب حزب الله"),
    Search("Farsi letters", "عين", "عین الأسد"),
    Search("Farsi letters", "کرکوك", "هدوء في كركوك"),
    Search("Farsi letters", "أكرم", "قال أکرم الكعبي"),
    Search("Farsi letters", "22", "عند البرج ٢٢ في الأردن", "عند البرج ٢٣"),
    Search("Farsi letters", "البرج ۲۲", "هجوم على البرج 22"),
    Search("Farsi letters", "النجباء", "حركة الن\u200cجباء"),
    Search("Farsi letters", "عين الأسد", "عين\u00a0الأسد\u200f تحت النار"),
    # Phrases.
    Search("phrase", '"قاعدة عين الأسد"', "استهداف قاعدة عين الأسد الجوية", "الأسد زار قاعدة في عين التينة"),
    Search("phrase", '"قاعدة عين الأسد"', "وصلوا لقاعدة عين الأسد"),
    Search("phrase", '"القوات الأمريكية"', "انسحاب للقوات الأمريكية", "القوات العراقية والسفارة الأمريكية"),
    Search("phrase", '"كتائب حزب الله"', "نفت كتائب «حزب الله» ذلك", "حزب الله وكتائب أخرى"),
    Search("phrase", '"حزب الله"', "حزب\nالله في البيان", "حزب الأمة وعبد الله"),
    Search("phrase", '"مطار بغداد"', "قرب مطار بغداد الدولي", "مطارات في بغداد"),
    Search("phrase, adjective between", '"القاعدة في الشدادي"~1', "القاعدة الأميركية في الشدادي", "في الشدادي القاعدة"),
    Search("phrase, adjective between", '"هيئة العراقي"~2', "هيئة الحشد الشعبي العراقي"),
    Search(
        "phrase, adjective between", '"قصف مطار"~2', "قصف عنيف استهدف مطار أربيل", "قصف في ساعة متأخرة من الليل مطار"
    ),
    Search("phrase, adjective between", '"الحرس الثوري"', "الحرس الثوري الإيراني", "الحرس الوطني الثوري"),
    # Words too frequent to be indexed.
    Search("stop words", "هجوم على قاعدة", "قاعدة تعرضت لهجوم على دفعات", "هجوم في البحر"),
    Search("stop words", '"هجوم على قاعدة"', "هجوم على قاعدة حرير", "قاعدة تعرضت لهجوم على دفعات"),
    Search("stop words", '"من حرير"', "ثوب من حرير", "قاعدة حرير"),
    Search("stop words", "هجوم -في", "هجوم على قاعدة", "هجوم في البحر"),
    Search("stop words", '"في عين الأسد"', "جنود في عين الأسد", "جنود من عين الأسد"),
    # Names that begin like a particle.
    Search("names", "وليد", "قال وليد المعلم", "ليد"),
    Search("names", "بنان", "الصحفية بنان حسن", "عاد إلى لبنان ولبنان يرحب"),
    Search("names", "لبنان", "من لبنان", "بنان"),
    Search("names", "مال", "خسر مال التجارة", "كمال الحيدري"),
    Search("names", "راس", "راس العين", "فراس الجبوري"),
    Search("names", "فلسطين", "وفلسطين حاضرة", "السطين"),
    Search("names", "كركوك", "وكركوك هادئة", "ركوك"),
    Search("names", "بلال", "وبلال كاظم", "لال"),
    Search("names", "ريم", "قالت ريم", "كريم العراقي"),
    Search("names", "تائب", "رجل تائب", "كتائب مسلحة"),
    Search("names", "الوليد", "معبر الوليد", "وليد"),
    Search("names", "بدر", "منظمة بدر", "در الحليب"),
)


def a_text(text: str) -> Document:
    """A document with what searching needs."""
    found = words(fold(text).text)
    return {"terms": list(terms(found)), "words": " ".join(found), "mentions": []}


def _parts(search: Search) -> list[str]:
    """Words and phrases of what is typed, with their minus, without distances."""
    return re.findall(r'-?"[^"]*"|\S+', re.sub(r"~\d", "", search.query))


def unicode61(search: Search, text: str) -> bool:
    """Whether SQLite's own tokenizer finds it in the text as it is."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE VIRTUAL TABLE raw USING fts5 (text)")
        connection.execute("INSERT INTO raw VALUES (?)", (text,))
        parts = _parts(search)
        positive = " AND ".join(f'"{part.strip(chr(34))}"' for part in parts if not part.startswith("-"))
        negative = "".join(f' NOT "{part[1:]}"' for part in parts if part.startswith("-"))
        (found,) = connection.execute("SELECT count(*) FROM raw WHERE raw MATCH ?", (positive + negative,)).fetchone()
    return bool(found)


def scanned(search: Search, text: str) -> bool:
    """Whether a regular expression of whole words finds it in the text as it is."""
    return all(
        bool(re.search(rf"\b{re.escape(part.strip('-' + chr(34)))}\b", text)) != part.startswith("-")
        for part in _parts(search)
    )


def right(search: Search, finds: Callable[[Search, str], bool]) -> bool:
    """Whether a way to search finds what it must and nothing else."""
    return finds(search, search.found) and not (search.other and finds(search, search.other))


def of_marsad(search: Search, text: str) -> bool:
    """Whether our query finds it."""
    return matches(parse(search.query), a_text(text))


def shares() -> dict[str, float]:
    """The share of searches that each way gets right."""
    ways = {"marsad": of_marsad, "FTS5 unicode61 on raw text": unicode61, "regular expression on raw text": scanned}
    return {name: sum(right(search, finds) for search in SEARCHES) / len(SEARCHES) for name, finds in ways.items()}

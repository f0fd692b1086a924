"""Articles for tests, made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from pipelines.records import Article, Mention, Provenance

FETCHED = datetime(2026, 11, 15, 12, 0, tzinfo=UTC)
LEAD = (
    "قال مصدر أمني في محافظة الأنبار إن ثلاث طائرات مسيرة هاجمت فجر اليوم الثلاثاء قاعدة عين الأسد الجوية غربي العراق"
    " وإن الدفاعات أسقطت اثنتين منها قبل أن تبلغا مدرج القاعدة."
)
DETAIL = (
    "وأضاف المصدر أن الطائرة الثالثة سقطت قرب مخزن للوقود وأحدثت حريقا محدودا أخمده رجال الإطفاء خلال ساعة، ولم تقع"
    " خسائر بين الجنود الموجودين في الموقع، فيما أغلقت القوات الطريق المؤدي إلى البوابة الغربية وبدأت تحقيقا واسعا."
)
MORE = (
    "وتعرضت القاعدة خلال الأشهر الماضية لهجمات متكررة نسبتها واشنطن إلى فصائل مسلحة، بينما تقول الحكومة إنها تلاحق"
    " منفذيها وتحمي البعثات الأجنبية الموجودة في البلاد بطلب منها."
)
"""Three paragraphs of a wire report."""


def an_article(number: int = 1, **changes: Any) -> Article:
    """An article of its own for each number."""
    url = f"https://paper.example/news/{number}"
    title = f"هجوم على قاعدة عين الأسد {number}"
    article = Article(
        id=sha256(url.encode()).hexdigest()[:32],
        source="paper",
        url=url,
        urls=(url,),
        title=title,
        body="قال مصدر أمني إن طائرات مسيرة هاجمت القاعدة.\nولم تعلن جهة مسؤوليتها.",
        authors=("سلمى الجبوري",),
        section="أمن",
        published=datetime(2026, 11, 15, 6, 30, tzinfo=UTC),
        published_offset=180,
        published_precision="minute",
        fetched=FETCHED,
        mentions=(Mention("iq-ain-al-asad", "base", "قاعدة عين الأسد", "title", 9, 24, "name"),),
        entities=("iq-ain-al-asad",),
        bases=("iq-ain-al-asad",),
        countries=("IQ",),
        terms=("هجوم", "قاعده", "عين", "الاسد"),
        words="هجوم علي قاعده عين الاسد",
        fingerprint="f" * 16,
        provenance=Provenance(200, "0" * 64, 1000, "trafilatura", 1, 1, 1, "digest"),
    )
    return replace(article, **changes)


def an_event(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An event as stored, of its own for each number."""
    start = datetime(2026, 11, 15, 2, 0, tzinfo=UTC)
    event = {
        "_id": sha256(f"event {number}".encode()).hexdigest()[:32],
        "targets": ["iq-ain-al-asad"],
        "from": start,
        "to": start + timedelta(hours=3),
        "precision": "hours",
        "weapons": ["drone"],
        "claimed_by": [],
        "denied_by": [],
        "accused": [],
        "casualties": "",
        "state": "reported",
        "denials": [],
        "article": an_article().id,
        "first_published": start + timedelta(hours=4),
        "last_published": start + timedelta(hours=4),
        "articles": 1,
        "outlets": 1,
        "origins": 1,
        "members": [],
    }
    return event | changes


def a_story(story: str, **changes: Any) -> dict[str, Any]:
    """A story as stored, named after this article."""
    made = {
        "_id": story,
        "first": story,
        "title": "هجوم على قاعدة عين الأسد",
        "source": "paper",
        "articles": 1,
        "outlets": 1,
        "origins": 1,
        "first_published": datetime(2026, 11, 15, 6, 30, tzinfo=UTC),
        "last_published": datetime(2026, 11, 15, 6, 30, tzinfo=UTC),
        "merged_into": None,
    }
    return made | changes

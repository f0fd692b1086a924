"""Is it an article at all? Listings, videos, paywalls, walls of consent and against robots, pages that are not there.

Pure, and by general signals, never by a list of hosts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from lxml.etree import _Element

from pipelines.extract.blocks import Block, prose_words
from pipelines.extract.body import Body
from pipelines.extract.headline import Headline, words_of
from pipelines.extract.metadata import SEVERAL, Metadata, title_of

_LITTLE = 80
"""Words of prose up to which a page may be a mere notice."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_NO_SUCH_PAGE = _any(
    r"(?:الصفحة|المقال|الخبر|المحتوى|الرابط)\s+(?:المطلوبة?\s+)?(?:غير (?:موجود|متوفر|متاح)|المطلوبة? غير)",
    r"(?:الصفحة التي|المقال الذي|المحتوى الذي|الخبر الذي) (?:تبحث|تبحثون) عن",
    r"لم (?:يتم العثور|نعثر|نتمكن من العثور) على|لم يعد (?:متاحا|متوفرا|موجودا)",
    r"تم حذف (?:هذا |هذه )?(?:ال)?(?:صفحة|مقال|خبر|محتوى)|صفحه مورد نظر یافت نشد",
    r"(?:الموقع|الصفحة) (?:تحت|قيد) (?:الصيانة|الإنشاء)|under (?:maintenance|construction)|سنعود قريبا",
    r"(?:page|article|content) (?:was |is |could )?not (?:be )?found|^\W*(?:error |خطأ )?404\b|خطأ 404",
)
_BOT_WALL = _any(
    r"just a moment|attention required|checking your browser|ddos-?guard|are you a robot|access denied|security check",
    r"verify(?:ing)? (?:that )?you are (?:a )?human|one moment,? please|please wait\W*$|(?:bot|human) verification",
    r"request unsuccessful|pardon our interruption|enable javascript and cookies|لست روبوت|لحظة (?:من فضلك|واحدة)",
    r"(?:ال)?تحقق من (?:أنك|انك|المتصفح|كونك)|جار[ٍي]? التحقق|يرجى الانتظار",
)
_CHALLENGE = _any(
    r"/cdn-cgi/challenge-platform|_Incapsula_Resource|cf[-_]chl|challenge-form|awsWaf|px-captcha|ddos-guard|h-captcha",
    r"g-recaptcha|turnstile|captcha-delivery|__ddg",
)
_CONSENT = _any(
    r"ملفات (?:تعريف )?(?:ال)?[اإ]رتباط|(?:ال)?كوكيز|\bcookies?\b|\bconsent\b|gdpr|privacy|before you continue",
    r"(?:سياسة|إعدادات|خيارات) الخصوصية|قبل المتابعة إلى",
)
_PAYWALL = _any(
    r"(?:هذا |هذه )?(?:ال)?(?:محتوى|مقال|مادة|تقرير|خبر) (?:حصري |متاح |مخصص )?(?:فقط )?(?:لل?مشتركين|للأعضاء)",
    r"للمشتركين فقط|(?:اشترك|سج[لّ]+ الدخول) (?:الآن )?(?:ل(?:قراءة|متابعة|مواصلة)|كي تقرأ)",
    r"ل(?:متابعة|مواصلة|[إا]كمال) القراءة|subscribe to (?:continue|read)|subscribers only|already a subscriber",
)
# Not قصف مباشر: the word opens or ends such a title, or a sign parts it off.
_LIVE = _any(
    r"(?:^|[|:\-–—.…(])\W*(?:(?:بث|تغطية|متابعة|تحديث|نقل)\s+)?(?:مباشر|مباشرة|حية)\s*(?:$|[|:\-–—.…)])",
    r"لحظة بلحظة|لحظة بلحظه|أولا بأول|أول بأول|تغطية (?:حية|مستمرة|متواصلة|مباشرة)|\blive (?:blog|updates)\b|^live\b",
)
_VIDEO = _any(r"^\W*(?:شاهد|بالفيديو|فيديو|مرئي|video)\b")
_PLAYER = _any(r"youtube|youtu\.be|dailymotion|vimeo|brightcove|player|rumble|facebook\.com/plugins/video")
_LISTING_KINDS = frozenset("CollectionPage SearchResultsPage ProfilePage".split())
_SEARCH = re.compile(r"نتائج (?:ال)?بحث|البحث عن|search results", re.IGNORECASE)
_NUMBER = re.compile(r"\d{4}")
_TAG = re.compile(r"^\W*(?:ال)?(?:وسم|وسوم|أرشيف|ارشيف|tag|archive)", re.IGNORECASE)


class Refusal(NamedTuple):
    """Why a page is no article: a key of records.REJECTIONS, and what was seen."""

    reason: str
    detail: str


def refusal(
    tree: _Element,
    url: str,
    metadata: Metadata,
    headline: Headline,
    blocks: Sequence[Block],
    body: Body,
    *,
    date_signal: str,
) -> Refusal | None:
    """Why the page is no article; None where it is one. `date_signal`: which place its date comes from."""
    prose = prose_words(blocks)
    words = len(body.text.split())
    # An article about such a page shows a date; its address has one in any case.
    weak = date_signal in ("", "htmldate", "shown above", SEVERAL)
    if (weak or date_signal == "address") and prose < _LITTLE:
        wall = wall_in(tree, headline.text, blocks)
        if wall is not None:
            return wall
        if words < _LITTLE and _NO_SUCH_PAGE.search(headline.text):
            return Refusal("soft_404", headline.text)
        if not metadata.says_article and (said := _said(_NO_SUCH_PAGE, blocks)):
            return Refusal("soft_404", said)
    if not headline.text and not body.text:
        return Refusal("empty", "no title and no text")
    text = {block for block in body.blocks if block.words >= 8}
    said = _said(_PAYWALL, [block for block in blocks if block not in text and block.heading != 1])
    if words < _LITTLE and (metadata.is_paid or said):
        return Refusal("paywall", f"{words} words, and {said or 'it says that it is not free'}")
    if words < 30 and (seen := _video(tree, metadata, headline, words)):
        return Refusal("video", f"{seen}, and {words} words")
    if not metadata.says_article:
        if headline.shown and not date_signal and _is_banner(headline, metadata, blocks, body):
            return Refusal("not_article", "its h1 is the name of the site, above the menu")
        return (
            None if body.signal == "data script" else _listing(url, metadata, headline, blocks, body, date_signal, weak)
        )
    return None


def wall_in(tree: _Element, title: str, blocks: Sequence[Block]) -> Refusal | None:
    """Whether a page of little text stands before another one: a check for robots, a question for consent."""
    claimed = (title, title_of(tree))
    shown = " ".join(block.text for block in blocks[:40])
    named = next((text for text in claimed if _BOT_WALL.search(text)), "")
    if named and len(shown.split()) < 200:
        return Refusal("bot_wall", named)
    if len(shown.split()) < _LITTLE:
        scripts = " ".join(
            f"{element.get('src') or ''} {(element.text or '')[:3_000]}" for element in tree.iter("script", "iframe")
        )
        marks = " ".join(
            f"{element.get('id') or ''} {element.get('class') or ''}" for element in tree.iter("form", "div")
        )
        seen = _CHALLENGE.search(scripts) or _CHALLENGE.search(marks)
        if seen and (_BOT_WALL.search(shown) or len(shown.split()) < 12):
            return Refusal("bot_wall", seen.group())
    about_consent = [block for block in blocks if block.words >= 3 and _CONSENT.search(block.text)]
    if _CONSENT.search(title) or (
        about_consent and sum(b.words for b in about_consent) > 0.4 * max(1, sum(b.words for b in blocks))
    ):
        return Refusal("consent", title or about_consent[0].text)
    return None


def says_live(metadata: Metadata, headline: Headline) -> bool:
    """Whether the page calls itself a live blog."""
    return metadata.is_live or bool(_LIVE.search(headline.text) or _LIVE.search(metadata.page_title))


def _said(pattern: re.Pattern[str], blocks: Sequence[Block]) -> str:
    return next((b.text[:200] for b in blocks if b.words <= 40 and b.link_share < 0.9 and pattern.search(b.text)), "")


def _video(tree: _Element, metadata: Metadata, headline: Headline, words: int) -> str:
    """What says that the page is there for its video."""
    kind = tree.xpath("string(//meta[@property='og:type']/@content)").lower()
    if kind.startswith("video"):
        return f"og:type {kind}"
    if "VideoObject" in metadata.kinds and not metadata.says_article:
        return "VideoObject"
    if words < 6 or (words < 15 and _VIDEO.search(headline.text)):
        for element in tree.iter("video", "iframe", "amp-video", "amp-youtube"):
            if element.tag != "iframe" or _PLAYER.search(element.get("src") or element.get("data-src") or ""):
                return "a player"
    return ""


def _listing(
    url: str,
    metadata: Metadata,
    headline: Headline,
    blocks: Sequence[Block],
    body: Body,
    date_signal: str,
    weak: bool,
) -> Refusal | None:
    """Whether a page that does not say that it is an article lists other pages."""
    parts = urlsplit(url)
    what = "a listing"
    if (
        _SEARCH.search(headline.text)
        or "SearchResultsPage" in metadata.kinds
        or re.search(r"(?:^|&)(?:s|q|query|search)=(?!\d)", parts.query)
    ):
        what = "a search page"
    elif _TAG.search(headline.text) or re.search(r"/(?:tags?|topics?|وسم|وسوم)(?:/|$)", unquote(parts.path)):
        what = "a tag page"
    elif parts.path in ("", "/", "/index.html", "/index.php", "/ar", "/ar/", "/arabic", "/arabic/") and not parts.query:
        what = "a home page"
    claimed = _LISTING_KINDS & metadata.kinds
    if claimed and (weak or not _is_prose(body)):
        return Refusal("not_article", f"{what}: {', '.join(sorted(claimed))}")
    beside = _beside_links(blocks, body)
    if beside >= 5 and beside > 0.75 * len(body.blocks):
        return Refusal("not_article", f"{what}: {beside} of its {len(body.blocks)} lines stand beside a link")
    links = [block for block in blocks if block.link_share > 0.75 and block.words >= 4]
    linked = sum(len(block.text) for block in body.blocks if block.link_share > 0.75)
    repeated = _repeated(links, body)
    if repeated >= 5 and linked > 0.5 * len(body.text):
        return Refusal("not_article", f"{what}: most of its text is that of {repeated} links")
    if headline.shown:
        words = len(body.text.split())
        if what != "a listing" and words < 30:
            return Refusal("not_article", f"{what} with {words} words of its own")
        cards = [block for block in links if block.card]
        sentence = words >= 6 and body.text.endswith((".", "!", "؟", "…"))
        few = (len(cards) >= 3 and words < 12 and not _NUMBER.search(parts.path)) or (len(cards) >= 5 and words < 30)
        if weak and few and not sentence:
            return Refusal("not_article", f"{what}: {words} words of its own and {len(cards)} linked headlines")
        start = 0 if headline.block is None else blocks.index(headline.block)
        if words < 12 and date_signal == "address" and sum(b.card for b in blocks[start + 1 : start + 9]) >= 5:
            return Refusal("not_article", f"{what}: its headline stands right over {len(cards)} linked headlines")
        return None
    if not weak and repeated < 2 and _is_prose(body) and what == "a listing" and sum(b.card for b in links) < 3:
        return None
    return Refusal("not_article", f"{what}: no headline, no date of publication, no long text of its own")


def _is_banner(headline: Headline, metadata: Metadata, blocks: Sequence[Block], body: Body) -> bool:
    """Whether a menu and a heading of the text's own stand between the h1 and the text: it names the site, then."""
    if headline.block is None or not body.blocks or words_of(metadata.page_title) != words_of(headline.text):
        return False
    between = blocks[blocks.index(headline.block) + 1 : blocks.index(body.blocks[0]) + 1]
    menu = [block for block in between if block.link_share > 0.9 and block.words <= 4]
    return len(menu) >= 3 and any(1 <= block.heading <= 3 and not block.noise for block in between)


def _beside_links(blocks: Sequence[Block], body: Body) -> int:
    """Lines of the text that stand right beside a link: descriptions of other pages and sites."""
    place = {block: number for number, block in enumerate(blocks)}
    count = 0
    for block in body.blocks:
        number = place[block]
        beside = [*blocks[max(0, number - 1) : number], *blocks[number + 1 : number + 2]]
        count += any(other.link_share > 0.75 and other.words >= 2 for other in beside)
    return count


def _repeated(links: Sequence[Block], body: Body) -> int:
    return sum(link.text in body.text for link in links)


def _is_prose(body: Body) -> bool:
    """Long lines and enough of them: for a page that does not show its headline as such."""
    lines = body.text.splitlines()
    return bool(lines) and len(body.text) / len(lines) >= 60 and len(body.text.split()) >= 40

"""What outlets write beside the news: invitations to read something else, to share, to comment, to subscribe. Pure."""

from __future__ import annotations

import re

_PAGE = r"(?:الخبر|المقال|المقالة|الموضوع|القصة|التقرير|المحتوى|الصفحة|المنشور|الحلقة)"
_STORIES = r"(?:مواضيع|موضوعات|مقالات|أخبار|اخبار|قصص|روابط|تقارير)"
_NETWORK = (
    r"(?:غوغل|جوجل|google|تلي?غرام|تليجرام|telegram|واتس\s?اب|واتساب|فيسبوك|تويتر|إنستغرام|انستغرام|يوتيوب|منصة إكس)"
)
# At the start of a block of few words; what news begins with is left out (شارك المئات في, لمتابعة تنفيذ الاتفاق).
_INVITATION = re.compile(
    r"\W*(?:"
    + "|".join(
        (
            r"[اإأ]قر[أاؤ](?:وا|ي)?\s+(?:[أاإ]يض|المزيد|كذلك|على موقع|في هذا الملف)",
            r"[اإأ]قر[أا]\s*[:|/]",
            r"(?:طالع|شاهد|تابع|انظر|استمع|اسمع)(?:وا|ي)?\s+[أا]يض",
            rf"{_STORIES}\s+(?:ذات|متعلقة|مرتبطة|مقترحة|قد تهمك|مشابهة|متصلة|[أا]خرى\s*:?\s*$|ساخنة)",
            r"(?:ذات صلة|الموضوعات المتعلقة|المواضيع المتعلقة|قد (?:يهمك|يعجبك|يهمكم))",
            r"(?:يمكنك|يمكنكم)\s+(?:أيضا|أيضًا|ايضا|الاشتراك|متابعة)",
            r"للمزيد\b|المزيد(?:\s+(?:من|حول|عن)(?:\s+\S+){0,3})?\s*[.:…]*\s*$",
            r"ل(?:قراءة|متابعة) (?:المزيد|آخر|باقي|كل جديد)",
            r"تابعونا|تابعنا|تابع(?:وا)?\s+(?:آخر|اخر|صفحتنا|قناتنا|حسابنا)",
            rf"تابع(?:وا)?\s+.{{1,60}}(?:عبر|على)\s+(?:قناة\s+|تطبيق\s+)?{_NETWORK}",
            r"(?:اشترك|انضم|سجل)(?:وا)?\s+(?:الآن|الان|معنا|في|إلى|الى|ب?بريدك|لـ?)\s*.{0,30}"
            r"(?:نشر|قناتنا|قنواتنا|خدم|بريد|مجموعتنا)",
            r"(?:حمل|حمّل|حملوا|تحميل|نزل|نزّل)\s+(?:الآن\s+)?(?:تطبيق|التطبيق)",
            rf"شارك(?:وا|ها|نا)?\s*(?:(?:هذا|هذه)\s+)?(?:{_PAGE}|عبر|على|مع أصدقائك|:|$)",
            r"(?:ال)?(?:كلمات|كلمة)\s+(?:ال)?(?:مفتاحية|دلالية|دالة)|(?:ال)?وسوم\s*(?::|$)|(?:ال)?تاغات|هاشتاغ\s*:|tags?\s*:",
            r"جميع الحقوق محفوظة|كافة الحقوق|حقوق النشر محفوظة|©",
            r"(?:الأكثر|الاكثر)\s+(?:قراءة|مشاهدة|تصفحا|شيوعا|تداولا)|آخر الأخبار\s*$|اخترنا لك|مختارات\s*$",
            r"(?:ال)?تعليقات\s*(?:\(\d+\))?\s*$|(?:أضف|اضف|اترك|أترك)\s+(?:تعليق|ردا|رد)|لا (?:يوجد|توجد) تعليقات",
            r"طباعة\s*$|استمع\b.{0,20}$|إعلان(?:ات)?\s*$|انسخ الرابط|نسخ الرابط|حجم الخط",
            r"advertisements?\s*$|(?:read|see) (?:more|also)\b|related (?:articles|stories|news)|share (?:this|on)",
            r"follow us|subscribe",
        )
    )
    + ")",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"الآراء الواردة|لا (?:ت|ي)عبر (?:بالضرورة )?عن رأي|(?:سياسة|شروط|قواعد|بروتوكول) (?:نشر )?(?:ال)?تعليق"
    r"|ترحب .{1,40}بالنقاش|عنوان بريدك الإلكتروني|الحقول الإلزامية|التعليقات المنشورة"
    r"|تعبر عن (?:رأي|وجهة نظر) (?:أصحابها|كاتبها|صاحبها|كاتب)"
)
_SOURCE = re.compile(r"\W*(?:ال)?مص[اد]د?ر\s*[:：]|\W*source\s*:|\W*(?:نقلا عن|المصدر)\s*$", re.IGNORECASE)


_POST = re.compile(r"\W*[—–-]\s.{0,80}\(@\w+\)")
"""Under an embedded post: its author and day."""
_END = re.compile(
    rf"\W*(?:{_STORIES}\s+(?:ذات|متعلقة|مرتبطة|مشابهة|متصلة|[أا]خرى|ساخنة)|ذات صلة"
    r"|(?:الموضوعات|المواضيع|الأخبار) (?:المتعلقة|ذات)|(?:الأكثر|الاكثر)\s+(?:قراءة|مشاهدة|تصفحا|شيوعا|تداولا)"
    r"|(?:آخر|اخر|أحدث) (?:الأخبار|المقالات|المستجدات)|اخترنا لك|قد (?:يهمك|يعجبك)|(?:ال)?تعليقات"
    r"|(?:أضف|اضف|اترك|أترك) (?:تعليق|ردا)|related|latest|most read|comments)",
    re.IGNORECASE,
)


def ends_the_text(text: str, words: int) -> bool:
    """Whether a block is the title of a box that stands under articles: related, latest, most read, comments."""
    return words <= 6 and bool(_END.match(text))


def speaks_of_the_site(text: str, words: int) -> bool:
    """Whether a block of `words` words invites, lists tags, names the source or has rules for comments: no news."""
    if words <= 30 and _INVITATION.match(text):
        return True
    if words <= 10 and _SOURCE.match(text):
        return True
    if words <= 20 and _POST.match(text):
        return True
    return words <= 60 and bool(_POLICY.search(text))

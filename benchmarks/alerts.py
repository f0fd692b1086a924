"""Alerts: how soon they leave, what a rule costs, and what kills do to them.

`python -m benchmarks.alerts` (in `make bench`), `python -m benchmarks.alerts --kills 1000` (in `make soak`); `--record`
keeps the figures, and the answer is 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests"))
# The tests' receiver and texts are found only with their folder on the path.
# ruff: noqa: E402

from alerting import BASES, alerts_file, attack, environment, written
from receiver import Receiver

from benchmarks.history import record
from config.alerts import Alert, Alerts
from config.load import SHIPPED, load_watchlist
from desk.alerts import Rules
from desk.watched import Watched
from pipelines.arabic import fold, terms, words
from pipelines.records import Article
from pipelines.store import open_store
from pipelines.store.base import Store
from pipelines.store.document import new_document

MARSAD = str(Path(sys.executable).parent / "marsad")
RULES = 1_000
A_SECOND = 100
SECONDS = 20
RINGING = 10
"""Of so many articles one rings."""
BAR_SECONDS = 2.0
BAR_GROWTH = 10.0
"""Times the cost of an article with 100 rules that it may cost with 10,000: a tenth of linear."""
SENTENCES = (
    "أعلنت مصادر محلية في محافظة الأنبار أن فرق الدفاع المدني أنهت أعمالها في الأحياء القديمة.",
    "وقال متحدث باسم الوزارة إن الخطة الجديدة تشمل تأهيل الطرق والجسور قبل حلول الشتاء.",
    "وبحث رئيس الوزراء مع السفير ملفات التعاون الاقتصادي والطاقة والاستثمار.",
    "وشهدت أسواق بغداد ارتفاعا في أسعار الخضار خلال الأسبوع الماضي وفق التجار.",
    "وأكدت قيادة العمليات استمرار حملات التفتيش في المناطق الزراعية شمالي المحافظة.",
    "وتوقعت هيئة الأنواء الجوية هطول أمطار غزيرة ورياح قوية في المدن الجنوبية.",
    "وافتتح المحافظ مدرسة جديدة ضمن مشروع يضم عشرين مدرسة في القرى البعيدة.",
    "وطالب متظاهرون أمام مبنى البرلمان بتوفير فرص عمل للخريجين والعاطلين.",
)


def texts(count: int) -> list[Article]:
    """Articles of one hour, one in RINGING of which reports an attack that no other does."""
    chance = random.Random(5)
    made = []
    for number in range(count):
        source = f"paper-{chance.randrange(60)}"
        body = " ".join(chance.sample(SENTENCES, 6))
        if number % RINGING == 0:
            article = attack(number // RINGING, source=source, more=body)
        else:
            article = written(number, f"خبر رقم {number}", f"{body} وزار الوزير {BASES[number % 5]}.", source=source)
        # Each has an address of its own and is as fresh as can be.
        url = f"https://paper.example/bench/{number}"
        folded = words(fold(f"{article.title}\n{article.body}").text)
        made.append(
            replace(
                article, id=f"{number:032x}", url=url, urls=(url,), fingerprint=f"{number:016x}", terms=terms(folded),
                words=" ".join(folded),
            )
        )  # fmt: skip
    return made


def queries(count: int) -> list[str]:
    """Rules as analysts write them: a base and a word, a group in a country, a phrase, words of the news at large."""
    chance = random.Random(6)
    watchlist = load_watchlist(SHIPPED / "local")
    bases = [entity.id for entity in watchlist.entities if entity.kind == "base"]
    others = [entity.id for entity in watchlist.entities if entity.kind != "base"]
    common = sorted({word for sentence in SENTENCES for word in words(fold(sentence).text) if len(word) > 4})
    made = []
    for number in range(count):
        base, other = chance.choice(bases), chance.choice(others)
        first, second = chance.sample(common, 2)
        made.append(
            [
                f"report:attack target:{base} {first}",
                f"entity:{other} (entity:{base} OR {second})",
                f'entity:{base} "{first} {second}" -source:paper-{number % 60}',
                f"same(entity:{base} entity:{other})",
                f"kind:militia word{number} country:IQ",
                f"source:paper-{number} report:(threat OR denial)",
            ][number % 6]
        )
    return made


def latency() -> tuple[dict[str, float], bool]:
    """From the end of `save` to the arrival at a receiver, with RULES rules and A_SECOND articles a second."""
    count = A_SECOND * SECONDS
    articles = texts(count)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        receiver = stack.enter_context(Receiver())
        rules = [f"id = \"r{n}\"\nquery = '''{query}'''" for n, query in enumerate(queries(RULES - 1))]
        alerts_file(folder / "config", receiver.url, 'id = "all"\nquery = "report:attack target:any"', *rules)
        given = {"MARSAD_DATA": str(folder), "MARSAD_CONFIG": str(folder / "config"), "MONGO_URI": ""}
        store = open_store(str(folder / "marsad.sqlite"))
        store.init()
        watch = subprocess.Popen([MARSAD, "alerts", "run"], env=environment(given), stderr=subprocess.DEVNULL)
        try:
            # Until its rules are read.
            store.save([attack(500)])
            receiver.waited(1)
            warm = len(receiver.received)
            stored: dict[str, float] = {}
            start = time.monotonic()
            for number in range(0, count, 10):
                batch = articles[number : number + 10]
                store.save(batch)
                now = time.time()
                stored |= {article.id: now for article in batch}
                time.sleep(max(0.0, start + (number + 10) / A_SECOND - time.monotonic()))
            took = time.monotonic() - start
            while store.pending(limit=1) or store.outbox.find(states=("waiting", "claimed", "sending"), limit=1):
                time.sleep(0.05)
        finally:
            watch.terminate()
            watch.wait(60)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        store.close()
        waits = sorted(
            one.at - stored[item["article"]]
            for one in receiver.received[warm:]
            for item in one.message["items"]
            if item["article"] in stored
        )
        faults = receiver.faults()
    figures = {
        "alerts, articles a second": round(count / took, 1),
        "alerts, messages": len(waits),
        "alerts, processor ms an article": round((used.ru_utime + used.ru_stime) / count * 1000, 2),
        "alerts, stored to received, median": round(waits[len(waits) // 2], 3),
        "alerts, stored to received, 95 of 100": round(waits[int(len(waits) * 0.95)], 3),
        "alerts, stored to received, longest": round(waits[-1], 3),
    }
    return figures, waits[-1] < BAR_SECONDS and not faults and len(waits) >= count // RINGING


def cost(counts: Sequence[int] = (10, 100, 1_000, 10_000)) -> tuple[dict[str, float], bool]:
    """Processor milliseconds that an article costs to be tried against so many rules."""
    documents = [new_document(article, "Asia/Baghdad", ring=True) for article in texts(400)]
    watched = Watched(load_watchlist(SHIPPED / "local"))
    figures: dict[str, float] = {}
    for count in counts:
        alerts = {f"r{n}": Alert(id=f"r{n}", query=query) for n, query in enumerate(queries(count))}
        rules = Rules(Alerts(alerts, {}, (), dict.fromkeys(alerts, Path())), watched)
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for document in documents:
                rules.matching(document)
            best = min(best, time.process_time() - start)
        figures[f"alerts, ms an article, {count} rules"] = round(best / len(documents) * 1000, 4)
    grown = figures["alerts, ms an article, 10000 rules"] / figures["alerts, ms an article, 100 rules"]
    figures["alerts, 10,000 rules instead of 100"] = round(grown, 2)
    return figures, grown <= BAR_GROWTH


def kills(count: int, mongo: str | None) -> tuple[dict[str, float], bool]:
    """A sender that is killed again and again, at random, while a channel fails 30 % of the time."""
    chance = random.Random()
    failing = random.Random(3)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        receiver = stack.enter_context(Receiver(lambda _: "500" if failing.random() < 0.3 else "200"))
        alerts_file(folder / "config", receiver.url, channel='retry = "0.2s"')
        given = {"MARSAD_DATA": str(folder), "MARSAD_CONFIG": str(folder / "config")}
        given |= {"MONGO_URI": mongo or "", "MONGO_DATABASE": "marsad_soak"}
        store = open_store(mongo or str(folder / "marsad.sqlite"), database="marsad_soak")
        done, number = 0, 0
        unnoted: set[tuple[str, str]] = set()
        wanted: set[str] = set()
        while done < count:
            if len(store.outbox.find(states=("waiting",), limit=60)) < 60:
                number = _more(store, number, folder, given)
                wanted = {delivery["_id"] for delivery in store.outbox.find()}
            command = [sys.executable, str(ROOT / "tests" / "sender.py")]
            sender = subprocess.Popen(command, cwd=ROOT, env=environment(given))
            goal, latest = len(receiver.received) + chance.randrange(1, 50), time.monotonic() + chance.uniform(0.3, 6)
            while sender.poll() is None and len(receiver.received) < goal and time.monotonic() < latest:
                time.sleep(0.001)
            if sender.poll() is None:
                sender.kill()
                done += 1
            sender.wait()
            unnoted |= {(delivery["_id"], delivery["claim"]) for delivery in store.outbox.find(states=("sending",))}
            if done % 50 == 0:
                print(f"  {done} kills, {len(receiver.received)} requests", file=sys.stderr, flush=True)
        command = [sys.executable, str(ROOT / "tests" / "sender.py")]
        subprocess.run(command, cwd=ROOT, env=environment(given), check=True)
        failed = {delivery["_id"] for delivery in store.outbox.find(states=("failed",))}
        faults = receiver.faults()
        repeats = sum(one.message["possible_repeat"] for one in receiver.accepted())
        # Those that were killed twice while they left wait for a person, who has them sent again.
        for delivery in failed:
            store.outbox.resend(delivery)
        subprocess.run(command, cwd=ROOT, env=environment(given), check=True)
        lost = wanted - receiver.delivered()
        store.close()
    for fault in faults:
        print(f"  {fault}")
    figures: dict[str, float] = {
        "alert kills": done,
        "alert kills, messages": len(wanted),
        "alert kills, lost": len(lost),
        "alert kills, twice while leaving": len(failed),
        "alert kills, twice without a mark": len(faults),
        "alert kills, possible repeats": repeats,
        "alert kills, between send and note": len(unnoted),
    }
    return figures, not lost and not faults and repeats <= len(unnoted)


def _more(store: Store, number: int, folder: Path, given: dict[str, str]) -> int:
    store.save([attack(n) for n in range(number, number + 400)])
    code = "from desk.eventing import pass_pending; from desk.stores import configured_store as s; "
    code += "pass_pending(s(), lambda *_: None)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(given), check=True)
    return number + 400


def main() -> int:
    """Print the figures; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, help="so many kills instead")
    parser.add_argument("--mongo", help="URI of a MongoDB for the kills")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    if arguments.kills:
        figures, good = kills(arguments.kills, arguments.mongo)
    else:
        costs, cheap = cost()
        waits, soon = latency()
        figures, good = costs | waits, cheap and soon
    for name, value in figures.items():
        print(f"{name}: {value:g}")
    print("every bar held" if good else "A BAR WAS MISSED")
    if arguments.record:
        record(figures)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

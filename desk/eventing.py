"""The pass over new and revised articles: which story each of them is, and which attack it tells of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from config.schema import Source
from desk.alerts import configured_rules
from desk.kept import configured_sources
from desk.ringing import ring
from desk.stories import give_stories, origins_by_text
from pipelines.agencies import agency, agency_of
from pipelines.arabic import fold
from pipelines.events import REACH, Told, event_of, gather, told_by, told_in
from pipelines.store.base import Document, Store
from pipelines.store.lease import Lease, own_name

BATCH = 500
LEASE = "events"
LEASE_SECONDS = 120.0
"""Long enough for one batch, which renews it; a pass that died elsewhere blocks others no longer than that."""
DENIED_WITHIN = timedelta(hours=36)
"""A denial speaks of attacks that happened so long before it."""


@dataclass(slots=True)
class Passed:
    """What a pass did."""

    articles: int = 0
    stories: int = 0
    events: int = 0
    """Made or changed."""
    rings: int = 0
    """Deliveries that are to be sent, corrections among them."""
    counted: int = 0
    """Earlier deliveries of whose event more is known."""
    busy: bool = False
    """Another pass was at work, so nothing was done."""


def origins(sources: Mapping[str, Source]) -> Callable[[Document], str]:
    """Whose words an article's are: the agency's that signed it, the outlet's that it quotes first, else the owner's of
    its source."""
    owners = {id_: source.owner or id_ for id_, source in sources.items()}
    named = {fold(source.name).text.strip(): owners[id_] for id_, source in sources.items()}

    def origin(article: Document) -> str:
        if signed := agency_of(article["authors"], article["body"]):
            return named.get(signed, signed)
        if article["cites"]:
            cited = agency(article["cites"][0]) or " ".join(fold(article["cites"][0]).text.split())
            return named.get(cited, cited)
        return owners.get(article["source"], str(article["source"]))

    return origin


def pass_pending(store: Store, progress: Callable[[str, int, int], None], *, ringing: bool = True) -> Passed:
    """Give each pending article its story and its event, ring, and mark it as looked at.

    One pass at a time, under the store's lease, so that copies stored at once never make two stories.

    Stopped in the middle, the articles of the last batch are still pending and are done again, to the same end.
    """
    lease = Lease(store, (LEASE,), own_name(), LEASE_SECONDS)
    passed = Passed()
    origin = origins(configured_sources())
    rules = configured_rules() if ringing else None
    while True:
        if lease.take():
            passed.busy = True
            return passed
        try:
            while lease.renew():
                batch = store.pending(limit=BATCH)
                if not batch:
                    break
                told = give_stories(store, batch, origin)
                batch = [article | {"story": told.of[article["_id"]]} for article in batch]
                passed.stories += told.changed
                given = give_events(store, batch, origin)
                passed.events += given.changed
                if rules is not None:
                    rang = ring(store, rules, batch, told.stories, given.events, datetime.now(UTC))
                    passed.rings += rang.rings + rang.corrections
                    passed.counted += rang.counted
                passed.articles += store.settle({article["_id"]: article["revision"] for article in batch})
                progress("events", passed.articles, passed.articles)
            else:
                passed.busy = True
                return passed
        finally:
            lease.release()
        # Who stored more just now, and found this pass at work, left it to be done here.
        if not store.pending(limit=1):
            return passed


@dataclass(frozen=True, slots=True)
class Given:
    """What became of the events around some articles."""

    events: Mapping[str, Document]
    """All that were laid anew, by id."""
    changed: int
    """How many of them were made or changed."""


def give_events(store: Store, articles: Iterable[Document], origin: Callable[[Document], str]) -> Given:
    """Lay the reports of these articles, and all that may tell of the same attacks, together anew."""
    articles = list(articles)
    again = {article["_id"] for article in articles}
    shared = _shared(store, articles, origin)
    new = [told for article in articles for told in told_by(article, shared(article))]
    known: dict[str, Document] = {}
    for event_id in {told["event"] for article in articles for told in article.get("told", ())}:
        if (event := store.event(event_id)) is not None:
            known[event_id] = event
    denials = [article for article in articles if article["report"] == "denial"]
    for denial in denials:
        when = _told_at(denial)
        denied = (
            store.events(targets=denial["bases"], since=when - DENIED_WITHIN, until=when) if denial["bases"] else ()
        )
        known |= {event["_id"]: event for event in denied}
    waiting = [*new, *(told for event in known.values() for told in told_in(event))]
    while waiting:
        found: list[Document] = []
        for stretch in _stretches(waiting):
            targets = sorted({target for told in stretch for target in told.targets})
            since, until = min(t.start for t in stretch) - REACH, max(t.end for t in stretch) + REACH
            found += [e for e in store.events(targets=targets, since=since, until=until) if e["_id"] not in known]
        known |= {event["_id"]: event for event in found}
        waiting = [told for event in found for told in told_in(event)]
    kept = [told for event in known.values() for told in told_in(event) if told.article not in again]
    events: dict[str, Document] = {}
    free = dict(known)

    def taken(event_id: str) -> bool:
        return event_id in events or event_id in known or store.event(event_id) is not None

    for members in gather([*kept, *new]):
        event = event_of(members, (), list(free.values()), taken)
        free.pop(event["_id"], None)
        event["denials"] = _denials(event, denials, known, again)
        event = event_of(members, event["denials"], [event]) | {"_id": event["_id"]}
        events[event["_id"]] = event
    changed = [event for event_id, event in events.items() if known.get(event_id) != event]
    gone = [event_id for event_id in known if event_id not in events]
    store.change_events(changed, gone, _told(store, known, events, again))
    return Given(events, len(changed))


def _told(
    store: Store, known: Mapping[str, Document], events: Mapping[str, Document], again: set[str]
) -> dict[str, list[Document]]:
    """What articles tell of, those `again` and the others that tell of something else than before."""
    before, now = _attacks(known), _attacks(events)
    found: dict[str, list[Document]] = {article_id: now.get(article_id, []) for article_id in again}
    for article_id in now.keys() - again:
        if now[article_id] != before.get(article_id):
            stored = store.article(article_id)
            # An attack that happened long before or after is not laid anew.
            others = [told for told in (stored or {}).get("told", ()) if told["event"] not in {*known, *events}]
            found[article_id] = sorted([*others, *now[article_id]], key=itemgetter("number"))
    return found


def _attacks(events: Mapping[str, Document]) -> dict[str, list[Document]]:
    """By article the attacks that it tells of, as in its `told`."""
    found: dict[str, list[Document]] = {}
    for event in events.values():
        for m in event["members"]:
            told = {"event": event["_id"], "number": m["number"], "targets": m["targets"]}
            found.setdefault(m["article"], []).append(told)
    return {article_id: sorted(told, key=itemgetter("number")) for article_id, told in found.items()}


def _shared(store: Store, articles: list[Document], origin: Callable[[Document], str]) -> Callable[[Document], str]:
    """Copies of one text have one origin: of a story, that of the one that says whose it is, else of its first."""
    stories = {article["story"] for article in articles if article.get("story")} - {a["_id"] for a in articles}
    firsts = [first for story in sorted(stories) if (first := store.article(story)) is not None]
    by_text = origins_by_text([*firsts, *articles], _text, origin)
    return lambda article: by_text[_text(article)]


def _text(article: Document) -> str:
    return str(article.get("story") or article["fingerprint"])


def _stretches(told: list[Told]) -> Iterable[list[Told]]:
    """Reports in stretches of time, so that a batch that reaches over years does not ask for all events of them."""
    stretch: list[Told] = []
    for one in sorted(told, key=lambda t: t.start):
        if stretch and one.start > max(t.end for t in stretch[-20:]) + 2 * REACH:
            yield stretch
            stretch = []
        stretch.append(one)
    if stretch:
        yield stretch


def _told_at(article: Document) -> datetime:
    moment: datetime = article["published"] or article["first_seen"]
    return moment


def _denials(event: Document, denials: list[Document], known: Mapping[str, Document], again: set[str]) -> list[str]:
    """Articles that say that there was no such attack: on the same base, within a day and a half after it."""
    before = [article for e in known.values() for article in e["denials"] if e["_id"] == event["_id"]]
    found = [article for article in before if article not in again]
    for article in denials:
        when = _told_at(article)
        if set(article["bases"]) & set(event["targets"]) and event["from"] <= when <= event["to"] + DENIED_WITHIN:
            found.append(article["_id"])
    return sorted(set(found))

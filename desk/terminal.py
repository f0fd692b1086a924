"""What a person sees in a terminal: tables of articles, runs, sources; one article with its mentions marked."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TextIO
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from config import settings
from config.load import Fault
from desk.export import plain
from pipelines.records import REJECTIONS
from pipelines.store.base import Document, Info, Run

if TYPE_CHECKING:
    from config.entities import Watchlist
    from config.schema import Source
    from desk.alert_health import AlertHealth
    from desk.health import Coverage, Health
    from desk.pages import Inspection
    from desk.queries import Change, Story
    from desk.scheduling import Standing
    from desk.watchlists import Difference
    from pipelines.tag.candidates import Candidate

_COLOURS = {"base": "bold red", "militia": "bold yellow", "force": "cyan", "person": "magenta", "weapon": "green"}
_STYLES = {
    "target new": "bold white on red",
    "target background": "dim red",
    "target planned": "italic red",
    "claims new": "bold black on yellow",
    "denies new": "underline yellow",
}
"""Of what has a part in an attack: target, background and claim are to be told at a glance."""
EXAMPLES = 3
"""Articles shown for each entity of a difference."""
_STATES = {"done": "green", "partly": "yellow", "failed": "bold red", "running": "cyan"}


def _console(*, stderr: bool = False) -> Console:
    # Where the output is no terminal rich would cut tables at 80 columns and lose the words that made a mention.
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=160)


def local_time(moment: datetime) -> str:
    """A moment in the desk's time zone, to the minute."""
    return moment.astimezone(ZoneInfo(settings.MARSAD_TIMEZONE)).strftime("%Y-%m-%d %H:%M")


def articles_table(documents: Sequence[Document], total: str, more: str = "") -> None:
    """Articles with each mention and the words that made it fire; `total` says of how many."""
    table = Table(show_lines=True, expand=False)
    table.add_column("time", no_wrap=True)
    table.add_column("source")
    table.add_column("title and id", ratio=2)
    table.add_column("mentions: entity, words, rule", ratio=3)
    for document in documents:
        title = Text(document["title"]) + Text("\n" + document["_id"], style="dim")
        table.add_row(local_time(document["time"]), document["source"], title, _mentions(document))
    console = _console()
    console.print(table)
    console.print(f"{len(documents)} of {total} articles; times in {settings.MARSAD_TIMEZONE}")
    if more:
        console.print(f"next page: --after {more}", style="dim", soft_wrap=True)


def _mentions(document: Document) -> Text:
    """One line an entity: how often, and the first words that fired with their rule."""
    lines: dict[str, list[Document]] = {}
    for mention in document["mentions"]:
        lines.setdefault(mention["entity"], []).append(mention)
    text = Text()
    for entity, mentions in lines.items():
        first = mentions[0]
        text.append(("\n" if text else "") + entity, style=_COLOURS.get(first["kind"], ""))
        times = f" ×{len(mentions)}" if len(mentions) > 1 else ""
        text.append(f"{times} «{first['surface']}» {first['rule']}")
    return text


def print_article(document: Document, *, revisions: int) -> None:
    """One article, mentions coloured where they stand."""
    console = _console()
    # A terminal that orders Arabic letters from the right still begins lines at the left; a file is read as it is.
    side: Literal["right", "left"] = "right" if console.is_terminal else "left"
    console.print(_marked(document["title"], document, "title"), style="bold", justify=side)
    printed = local_time(document["time"])
    console.print(f"{document['source']} · {printed} · {', '.join(document['authors']) or 'no author'}", style="dim")
    console.print(f"{document['url']}\n", style="dim", soft_wrap=True)
    console.print(_marked(document["body"], document, "body"), justify=side)
    for caption in document.get("captions", ()):
        console.print(f"  (caption) {caption}", style="dim")
    table = Table(title=f"{len(document['mentions'])} mentions", title_justify="left")
    for column in ("entity", "kind", "words", "where", "rule", "part"):
        table.add_column(column)
    for mention in document["mentions"]:
        where = f"{mention['field']} {mention['start']}-{mention['end']}"
        part = f"{mention.get('part') or ''} {mention.get('when') or ''}".strip()
        style = _STYLES.get(part) or _COLOURS.get(mention["kind"], "")
        table.add_row(mention["entity"], mention["kind"], mention["surface"], where, mention["rule"], part, style=style)
    console.print(table)
    console.print(_report_of(document), soft_wrap=True)
    for change in document.get("changes", []):
        console.print(Text(_change(change), style="yellow"), soft_wrap=True)
    facts = document["provenance"]
    console.print(
        f"id {document['_id']} · revision {document['revision']} ({revisions} earlier) · fetched "
        f"{local_time(document['fetched'])} · sha256 {facts['sha256']}",
        style="dim",
        soft_wrap=True,
    )


def _report_of(document: Document) -> str:
    """In one line, what the article reports."""
    named = ("targets", "claimed_by", "denied_by", "accused", "weapons", "cites")
    parts = [f"report {document['report']}"]
    parts += [f"{name.replace('_', ' ')} {', '.join(document[name])}" for name in named if document[name]]
    if document["casualties"]:
        parts.append(document["casualties"])
    if document["event_from"]:
        span = {"from": document["event_from"], "to": document["event_to"], "precision": document["event_precision"]}
        parts.append(event_time(span))
    parts += [f"event {told['event']}" for told in document.get("told", ())]
    return " · ".join(parts)


def _change(change: Document) -> str:
    """What became of an article after it was stored, in a line."""
    parts = [f"{local_time(change['at'])} {change['what']}", ", ".join(change.get("fields", []))]
    parts += [f"mention removed: {entity}" for entity in change.get("lost", [])]
    parts += [f"mention added: {entity}" for entity in change.get("gained", [])]
    parts += ["(the watchlist changed too)"] if change.get("watchlist_changed") else []
    parts += [change.get("detail", ""), f"now at {change['to']}" if change.get("to") else ""]
    return " · ".join(part for part in parts if part)


def _marked(text: str, document: Document, field: str) -> Text:
    marked = Text(text)
    for mention in document["mentions"]:
        if mention["field"] == field:
            style = _COLOURS.get(mention["kind"], "bold")
            part = f"{mention.get('part') or ''} {mention.get('when') or ''}".strip()
            marked.stylize(_STYLES.get(part, style), mention["start"], mention["end"])
    return marked


BAR = 50
"""Characters of the longest bar."""


def print_bars(rows: Sequence[tuple[str, int]], total: str) -> None:
    """A count and a bar for each label; `total` says of how many."""
    console = _console()
    most = max((count for _, count in rows), default=0)
    wide = max((cell_len(label) for label, _ in rows), default=0)
    digits = len(f"{most:,}")
    for label, count in rows:
        bar = "█" * (count * BAR // most) if most else ""
        # A count that is not 0 shows.
        bar = bar or ("▏" if count else "")
        padding = " " * (wide - cell_len(label))
        console.print(Text(f"{label}{padding}  {count:>{digits},} ") + Text(bar, style="cyan"), soft_wrap=True)
    console.print(f"{len(rows)} rows, {total}", style="dim")


def stories_table(stories: Sequence[Story]) -> None:
    """Stories, how far they went, and their first article."""
    table = Table()
    for column in ("first", "last", "articles", "outlets", "independent", "first title, outlet and story"):
        table.add_column(column, justify="right" if column in ("articles", "outlets", "independent") else "left")
    for one in stories:
        title = Text(one.first["title"]) + Text(f"\n{one.first['source']} · {one.story}", style="dim")
        times = (local_time(one.first["time"]), local_time(one.last["time"]))
        table.add_row(*times, str(one.articles), str(one.outlets), str(one.origins), title)
    _console().print(table)


def print_changes(changes: Sequence[Change]) -> None:
    """What each revision of an article changed."""
    console = _console()
    for change in changes:
        console.print(
            f"revision {change.revision}, read {local_time(change.fetched)}: {', '.join(change.fields)}", style="bold"
        )
        if change.title:
            console.print(
                Text(f"- {change.title[0]}", style="red"), Text(f"+ {change.title[1]}", style="green"), sep="\n"
            )
        for sign, style, paragraphs in (("-", "red", change.removed), ("+", "green", change.added)):
            for paragraph in paragraphs:
                console.print(Text(f"{sign} {paragraph}", style=style))
        for what, entities in (("no longer mentions", change.no_longer), ("now mentions", change.newly)):
            if entities:
                console.print(f"{what} {', '.join(entities)}")
    if not changes:
        console.print("It has not changed since it was first read.")


_CSV = (
    *("from", "to", "precision", "targets", "state", "weapons", "claimed_by", "denied_by", "accused"),
    *("casualties", "articles", "outlets", "origins", "article", "_id"),
)


def events_table(events: Sequence[Document]) -> None:
    """Attacks, one a line."""
    table = Table(show_lines=True)
    for column in ("when", "on", "state", "with", "claimed, denied", "casualties", "told by"):
        table.add_column(column, no_wrap=column == "when", overflow="fold")
    for event in events:
        said = [*event["claimed_by"], *(f"not {group}" for group in event["denied_by"])]
        told = f"{event['articles']} articles, {event['outlets']} outlets, {event['origins']} origins"
        table.add_row(
            event_time(event),
            "\n".join(event["targets"]),
            event["state"],
            "\n".join(event["weapons"]),
            "\n".join(said),
            event["casualties"],
            f"{told}\n{event['_id']}",
        )
    console = _console()
    console.print(table)
    console.print(f"{len(events)} events; times in {settings.MARSAD_TIMEZONE}")


def event_time(event: Document) -> str:
    """When it was, as exactly as is known."""
    start, end = local_time(event["from"]), local_time(event["to"])
    if event["precision"] == "minute":
        return start
    if event["precision"] == "day" and end[11:] in ("00:00", start[11:]):
        return start[:10]
    return f"{start} – {end[11:] if end[:10] == start[:10] else end}"


def events_csv(events: Iterable[Document], out: TextIO) -> None:
    """Attacks with a heading; several values in a field are separated by spaces, times are ISO 8601 in UTC."""
    rows = csv.writer(out)
    rows.writerow(_CSV)
    for event in events:
        values = (plain(event[name]) for name in _CSV)
        rows.writerow([" ".join(value) if isinstance(value, list) else value for value in values])


def print_inspection(result: Inspection) -> None:
    """What the pipeline made of one page: each field with the place of the page that it was read from."""
    console = _console()
    if not result.articles:
        reason = result.rejected.reason if result.rejected else "broken"
        detail = result.rejected.detail if result.rejected else ""
        console.print(f"{result.name}: rejected as {reason}: {REJECTIONS[reason]}" + (f" ({detail})" if detail else ""))
        return
    if result.live:
        console.print(f"{result.name}: a live blog of {len(result.articles)} entries, each an article")
    for article in result.articles:
        values = result.article_fields(article)
        signals = article.provenance.signals
        table = Table(title=result.name, title_justify="left", show_header=False)
        table.add_column("field", style="dim", no_wrap=True)
        table.add_column("value")
        table.add_column("signal", style="dim")
        for name in ("title", "authors", "section", "published", "modified", "language", "url", "_id", "entities"):
            value = values[name]
            shown = ", ".join(value) if isinstance(value, tuple) else str(value or "-")
            table.add_row(name, shown, signals.get(name, ""))
        table.add_row("body", article.body, signals.get("body", ""))
        for caption in article.captions:
            table.add_row("caption", caption)
        for mention in article.mentions:
            where = f"{mention.field} {mention.start}-{mention.end}"
            table.add_row(mention.kind, f"{mention.entity} «{mention.surface}» {where}", mention.rule)
        console.print(table)


def runs_table(runs: Sequence[Run]) -> None:
    """Crawls, what they did and what went wrong."""
    table = Table()
    for column in ("source", "started", "state", "requests", "new", "changed", "same", "skipped", "rejected", "errors"):
        table.add_column(column, justify="left" if column in ("source", "started", "state") else "right")
    for run in runs:
        rejected = ", ".join(f"{count} {reason}" for reason, count in sorted(run.rejected.items()))
        state = Text(run.state, style=_STATES[run.state])
        numbers = (run.requests, run.new, run.revised, run.unchanged, run.skipped, rejected or 0, run.errors)
        table.add_row(run.source, local_time(run.started), state, *(str(number) for number in numbers))
    console = _console()
    console.print(table)
    for run in runs:
        if run.detail:
            console.print(f"{run.source}: {run.detail}", soft_wrap=True)


def status_table(standings: Sequence[Standing], now: datetime) -> None:
    """How each source stands; the most overdue on top."""
    table = Table()
    for column in ("source", "every", "state", "next", "last", "result", "new", "detail"):
        table.add_column(column, justify="right" if column == "new" else "left")
    styles = {"due": "yellow", "running": "cyan", "waiting": "", "disabled": "dim", "no contact": "dim"}
    for row in standings:
        state = Text(row.state, style=styles[row.state])
        if row.lag >= 60:
            state.append(f" since {round(row.lag / 60)} min")
        coming = local_time(row.next) if row.next and row.next > now else "now" if row.next else "-"
        last = row.last
        every = f"{row.every}: {row.why}" if row.why else row.every
        result = Text(last.state, style=_STATES[last.state]) if last else Text("never read")
        started, new, detail = (local_time(last.started), str(last.new), last.detail) if last else ("-", "-", "")
        table.add_row(row.source, every, state, coming, started, result, new, detail)
    console = _console()
    console.print(table)
    counts = {state: sum(1 for row in standings if row.state == state) for state in styles}
    lag = max((row.lag for row in standings), default=0.0)
    told = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    console.print(f"{told or 'no sources'}; longest wait {round(lag / 60)} min; times in {settings.MARSAD_TIMEZONE}")


def sources_table(sources: Sequence[Source]) -> None:
    """Sources that can be crawled."""
    table = Table()
    for column in ("id", "name", "country", "enabled", "home", "entrances"):
        table.add_column(column)
    for source in sources:
        entrances = ", ".join(entrance.kind for entrance in source.entrance)
        enabled = "yes" if source.enabled else "no"
        table.add_row(source.id, source.name, source.country or "-", enabled, source.home, entrances)
    _console().print(table)


def checks_table(reports: Sequence[Document]) -> None:
    """What each outlet answered, an entrance a line."""
    table = Table(show_lines=True)
    for column in ("source", "robots.txt", "entrances: state, links that match", "article", "verdict"):
        table.add_column(column)
    colours = {"works": "green", "partly": "yellow", "fails": "bold red"}
    for report in reports:
        lines = [_entrance_line(entrance) for entrance in report["entrances"]]
        article = report["article"]
        told = report["fault"]
        if article:
            told = f"{article['title']}\n{article['characters']} characters, {article['published'] or 'no date'}"
        verdict = Text(report["verdict"], style=colours[report["verdict"]])
        table.add_row(report["source"], report["robots"], "\n".join(lines), Text(told), verdict)
    _console().print(table)


def _entrance_line(entrance: Document) -> str:
    told = entrance["state"] if entrance["state"] != "read" else f"{entrance['links']} of {entrance['listed']}"
    newest = f", newest {local_time(datetime.fromisoformat(entrance['newest']))}" if entrance["newest"] else ""
    moved = f", moved to {entrance['moved_to']}" if entrance["moved_to"] else ""
    off = "" if entrance["enabled"] else " (off)"
    return f"{entrance['kind']}{off} {entrance['url']}: {told}{newest}{moved}"


def health_table(found: Sequence[Health]) -> None:
    """Sources and what needs a person, those first."""
    table = Table(show_lines=True)
    for column in ("source", "last read", "last new", "new a day", "needs a person"):
        table.add_column(column)
    for one in sorted(found, key=lambda one: not one.problems):
        problems = Text("\n".join(f"{kind}: {told}" for kind, told in one.problems), style="bold red")
        table.add_row(one.source, _moment(one.last_read), _moment(one.last_new), f"{one.new_a_day:g}", problems)
    console = _console()
    console.print(table)
    ill = sum(1 for one in found if one.problems)
    console.print(f"{ill} of {len(found)} sources need a person; times in {settings.MARSAD_TIMEZONE}")


def coverage_table(found: Sequence[Coverage], at: datetime) -> None:
    """Which sources were read around a moment."""
    table = Table()
    for column in ("source", "read before", "read after", "covered"):
        table.add_column(column)
    for one in found:
        told = Text("yes", style="green") if one.covered else Text("no", style="bold red")
        table.add_row(one.source, _moment(one.before), _moment(one.after), told)
    console = _console()
    console.print(table)
    covered = sum(one.covered for one in found)
    console.print(f"{covered} of {len(found)} sources cover {local_time(at)} {settings.MARSAD_TIMEZONE}")


def _moment(moment: datetime | None) -> str:
    return local_time(moment) if moment else "-"


def watchlist_table(watchlist: Watchlist, digest: str) -> None:
    """How much is watched."""
    kinds: dict[str, int] = {}
    for entity in watchlist.entities:
        kinds[entity.kind] = kinds.get(entity.kind, 0) + 1
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    _console().print(f"{len(watchlist.entities)} entities ({told}); digest {digest[:16]}")


def candidates_table(candidates: Sequence[Candidate]) -> None:
    """Names that the watchlist does not have, with a sentence of each."""
    table = Table(show_lines=True)
    for column in ("name", "kind", "articles", "beside violence", "a sentence"):
        table.add_column(column, justify="right" if column in ("articles", "beside violence") else "left")
    for one in candidates:
        sentence = one.sentences[0] if one.sentences else ""
        table.add_row(one.name, one.kind, str(one.articles), str(one.violent), sentence[:160])
    _console().print(table)


def print_difference(difference: Difference) -> None:
    """What another watchlist gains and loses, by entity, with the first articles of each."""
    console = _console()
    console.print(f"{difference.changed} of {difference.articles} articles would change")
    for what, entities in (("gained", difference.gained), ("lost", difference.lost)):
        for entity, articles in sorted(entities.items(), key=lambda item: -len(item[1])):
            console.print(f"{what}: {entity} in {len(articles)}")
            for article in articles[:EXAMPLES]:
                console.print(Text(f"    {article}"), soft_wrap=True)


def info_table(info: Info) -> None:
    """What is in a store."""
    console = _console()
    console.print(f"{info.uri} · {info.server} · schema {info.schema}", soft_wrap=True)
    table = Table()
    for column, justify in (("collection", "left"), ("records", "right"), ("size", "right")):
        table.add_column(column, justify="right" if justify == "right" else "left")
    for name, (count, size) in info.collections.items():
        table.add_row(name, str(count), _size(size))
    for name, size in info.indexes.items():
        table.add_row(f"index {name}", "", _size(size))
    console.print(table)


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} kB"


def print_faults(faults: Iterable[Fault]) -> None:
    """What is wrong with configuration files, on stderr."""
    console = _console(stderr=True)
    for fault in faults:
        console.print(str(fault), style="red", soft_wrap=True)


def alerts_table(rows: Sequence[Document]) -> None:
    """Rules, whom they concern, and when they rang last."""
    table = Table()
    for column in ("rule", "query", "channels", "mode", "severity", "rang", "latest"):
        table.add_column(column)
    for row in rows:
        mode = f"{row['mode']}{', not ' + row['quiet'] if row['quiet'] else ''}"
        told = (", ".join(row["channels"]), mode, row["severity"], str(row["rings"]), _moment(row["latest"]))
        table.add_row(row["id"], row["query"], *told)
    _console().print(table)


def deliveries_table(deliveries: Sequence[Document]) -> None:
    """Messages of alerts and what became of them."""
    console = _console()
    for one in deliveries:
        title = one["message"]["title"] if one["message"] else one["kind"]
        tried = f", tried {one['attempts']} times" if one["attempts"] else ""
        style = {"failed": "bold red", "sent": "green"}.get(one["state"], "yellow")
        console.print(Text(f"{local_time(one['made'])}  {one['state']}{tried}  {title}", style=style))
        console.print(f"    {one['_id']}{': ' + one['why'] if one['why'] else ''}")
    console.print(f"{len(deliveries)} messages; times in {settings.MARSAD_TIMEZONE}")


def alert_health_table(found: Sequence[AlertHealth]) -> None:
    """Rules and channels that need a person; nothing where none does."""
    for one in found:
        for kind, told in one.problems:
            _console().print(Text(f"alert {one.alert}: {kind}: {told}", style="bold red"))

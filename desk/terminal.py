"""What a person sees in a terminal: tables of articles, runs, sources; one article with its mentions marked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from config import settings
from config.load import Fault
from pipelines.records import REJECTIONS
from pipelines.store.base import Document, Info, Run

if TYPE_CHECKING:
    from config.entities import Watchlist
    from config.schema import Source
    from desk.pages import Inspection
    from desk.scheduling import Standing
    from desk.watchlists import Difference
    from pipelines.candidates import Candidate

_COLOURS = {"base": "bold red", "militia": "bold yellow", "force": "cyan", "person": "magenta", "weapon": "green"}
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


def articles_table(documents: Sequence[Document], total: int) -> None:
    """Articles with each mention and the words that made it fire."""
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
    console.print(_marked(document["title"], document, "title"), style="bold")
    printed = local_time(document["time"])
    console.print(f"{document['source']} · {printed} · {', '.join(document['authors']) or 'no author'}", style="dim")
    console.print(f"{document['url']}\n", style="dim", soft_wrap=True)
    console.print(_marked(document["body"], document, "body"))
    table = Table(title=f"{len(document['mentions'])} mentions", title_justify="left")
    for column in ("entity", "kind", "words", "where", "rule"):
        table.add_column(column)
    for mention in document["mentions"]:
        where = f"{mention['field']} {mention['start']}-{mention['end']}"
        style = _COLOURS.get(mention["kind"], "")
        table.add_row(mention["entity"], mention["kind"], mention["surface"], where, mention["rule"], style=style)
    console.print(table)
    facts = document["provenance"]
    console.print(
        f"id {document['_id']} · revision {document['revision']} ({revisions} earlier) · fetched "
        f"{local_time(document['fetched'])} · sha256 {facts['sha256']}",
        style="dim",
        soft_wrap=True,
    )


def _marked(text: str, document: Document, field: str) -> Text:
    marked = Text(text)
    for mention in document["mentions"]:
        if mention["field"] == field:
            marked.stylize(_COLOURS.get(mention["kind"], "bold"), mention["start"], mention["end"])
    return marked


def print_inspection(result: Inspection) -> None:
    """What the pipeline made of one page."""
    console = _console()
    if result.article is None:
        reason = result.rejected.reason if result.rejected else "broken"
        detail = result.rejected.detail if result.rejected else ""
        console.print(f"{result.name}: rejected as {reason}: {REJECTIONS[reason]}" + (f" ({detail})" if detail else ""))
        return
    values = result.article_fields()
    table = Table(title=result.name, title_justify="left", show_header=False)
    table.add_column("field", style="dim", no_wrap=True)
    table.add_column("value")
    for name in ("title", "authors", "section", "published", "modified", "language", "url", "_id", "entities"):
        value = values[name]
        table.add_row(name, ", ".join(value) if isinstance(value, tuple) else str(value or "-"))
    table.add_row("body", result.article.body)
    for mention in result.article.mentions:
        where = f"{mention.field} {mention.start}-{mention.end}"
        table.add_row(mention.kind, f"{mention.entity} «{mention.surface}» {where} {mention.rule}")
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
    styles = {"due": "yellow", "running": "cyan", "waiting": "", "disabled": "dim"}
    for row in standings:
        state = Text(row.state, style=styles[row.state])
        if row.lag >= 60:
            state.append(f" since {round(row.lag / 60)} min")
        coming = local_time(row.next) if row.next and row.next > now else "now" if row.next else "-"
        last = row.last
        every = row.every + (f" ({row.articles_known})" if row.articles_known else "")
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

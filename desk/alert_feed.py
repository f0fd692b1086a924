"""A feed of alerts on disk, as Atom and as JSON Feed: written anew from the outbox, in one step that readers never see.

An entry keeps its id: what is counted later, taken back or sent once more changes the entry instead of adding one.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from xml.etree import ElementTree as ET

from desk.messages import lines_of
from pipelines.records import utc_ms
from pipelines.store.base import Document, Store

ENTRIES = 200
"""The latest that a feed holds."""
ATOM, JSON = "alerts.xml", "alerts.json"
_NS = "http://www.w3.org/2005/Atom"


def write(folder: Path, channel: str, store: Store) -> str:
    """Both files of a channel; says where. Raises OSError."""
    entries = _entries(channel, store)
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / ATOM, _atom(channel, entries))
    _replace(folder / JSON, _json_feed(channel, entries))
    return f"in {folder}"


def _entries(channel: str, store: Store) -> list[Document]:
    """The latest items of messages that left or are leaving, with what is counted by now."""
    found: dict[str, Document] = {}
    deliveries = store.outbox.find(channel=channel, states=("sent", "sending", "joined"), limit=ENTRIES)
    leaders = {delivery["_id"]: delivery for delivery in deliveries if delivery["message"]}
    items: dict[str, Document] = {}
    for leader in leaders.values():
        items |= {item["delivery"]: item for item in leader["message"]["items"]}
    for delivery in deliveries:
        if (item := items.get(delivery["_id"])) is not None:
            counted = delivery["counted"]
            told = {"articles": counted["articles"], "outlets": counted["outlets"]}
            found[delivery["_id"]] = (
                item
                | told
                | {
                    "independent_origins": counted["origins"],
                    "rule": delivery["rule"],
                    "severity": delivery["severity"],
                    "made": delivery["made"],
                }
            )
    return list(found.values())


def _text(item: Document) -> str:
    return "\n".join(lines_of(item))


def _atom(channel: str, entries: list[Document]) -> bytes:
    ET.register_namespace("", _NS)
    feed = ET.Element(f"{{{_NS}}}feed")

    def add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
        element = ET.SubElement(parent, f"{{{_NS}}}{name}", attributes)
        element.text = text or None
        return element

    add(feed, "id", f"urn:marsad:alerts:{channel}")
    add(feed, "title", "Marsad مرصد: alerts")
    add(feed, "updated", _when(max((e["made"] for e in entries), default=datetime.now(UTC))))
    add(add(feed, "author"), "name", "Marsad")
    for item in entries:
        entry = add(feed, "entry")
        add(entry, "id", f"urn:marsad:{item['delivery']}")
        add(entry, "title", f"{item['kind'].upper()} · {item['headline']}")
        add(entry, "updated", _when(item["made"]))
        if item["url"]:
            add(entry, "link", href=item["url"])
        for term in (item["rule"], item["kind"], item["severity"], *(base["id"] for base in item["bases"])):
            add(entry, "category", term=term)
        add(entry, "content", _text(item), type="text")
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _json_feed(channel: str, entries: list[Document]) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Marsad مرصد: alerts",
        "language": "ar",
        "items": [
            {
                "id": f"urn:marsad:{item['delivery']}",
                "url": item["url"],
                "title": f"{item['kind'].upper()} · {item['headline']}",
                "content_text": _text(item),
                "date_published": _when(item["made"]),
                "tags": [item["rule"], item["kind"], item["severity"], *(base["id"] for base in item["bases"])],
                "_marsad": {name: value for name, value in item.items() if name != "made"},
            }
            for item in entries
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _when(moment: datetime) -> str:
    return utc_ms(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def _replace(file: Path, content: bytes) -> None:
    """Readers see the old file or the new one; of two who write at once, each writes a whole one."""
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as new:
        new.write(content)
    Path(new.name).chmod(0o644)
    Path(new.name).replace(file)

"""A process of the tests that sends what waits until nothing does, and kills itself at a step if it is told to.

Called from the checkout: `python tests/sender.py [STEP] [--slowly]`. Claims end quickly, so that tests need not wait.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from desk import sending
from desk.alerts import configured_rules
from desk.kept import configured_sources
from desk.messages import Composer
from desk.stores import configured_store

sending.CLAIM_SECONDS = 2.0
sending.NOTE_SECONDS = 1.0


def _dies_at(step: str, wanted: str) -> None:
    if step == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


class Box:
    """The outbox, with ends of the process between its steps."""

    def __init__(self, box: Any, step: str) -> None:
        self._box, self._step = box, step

    def __getattr__(self, name: str) -> Any:
        return getattr(self._box, name)

    def claim(self, *arguments: Any, **options: Any) -> Any:
        _dies_at(self._step, "before claim")
        claimed = self._box.claim(*arguments, **options)
        _dies_at(self._step, "claimed")
        return claimed

    def begin(self, *arguments: Any) -> Any:
        _dies_at(self._step, "composed")
        begun = self._box.begin(*arguments)
        _dies_at(self._step, "begun")
        return begun

    def done(self, *arguments: Any) -> Any:
        _dies_at(self._step, "sent")
        done = self._box.done(*arguments)
        _dies_at(self._step, "noted")
        return done


class Shop:
    """The store with such an outbox."""

    def __init__(self, store: Any, step: str) -> None:
        self._store = store
        self.outbox = Box(store.outbox, step)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _slowly(message: Callable[..., Any]) -> Callable[..., Any]:
    def composed(*arguments: Any) -> Any:
        time.sleep(0.1)
        return message(*arguments)

    return composed


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--slowly"]
    if "--slowly" in sys.argv:
        Composer.message = _slowly(Composer.message)  # type: ignore[method-assign]
    store: Any = Shop(configured_store(), arguments[0] if arguments else "")
    sender = sending.Sender(store, configured_rules(), configured_sources())
    while store.outbox.find(states=("waiting", "claimed", "sending"), limit=1):
        sender.send_all()
        time.sleep(0.05)


if __name__ == "__main__":
    main()

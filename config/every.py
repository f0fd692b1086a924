"""How often a source is read: spans, cron lines and quiet hours in a source file. The only import of cronsim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def span(text: str) -> timedelta:
    """ "90s", "15m", "6h", "1d". Raises ValueError for anything else."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no span of time: write 90s, 15m, 6h or 1d")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron line of five fields, in a time zone (IANA)."""

    line: str
    zone: str

    def after(self, moment: datetime) -> datetime:
        """The first moment after `moment` that the line names, in UTC.

        In a night that skips an hour, what the hour would have had comes right after it; in one that has an hour twice,
        once. Raises ValueError for a line that is none, or that names no day that ever comes.
        """
        try:
            found = next(CronSim(self.line, moment.astimezone(ZoneInfo(self.zone))))
        except CronSimError as error:
            raise ValueError(f"{self.line!r} is no cron line of five fields: {error}") from None
        except StopIteration:
            raise ValueError(f"{self.line!r} names no day that ever comes") from None
        return found.astimezone(UTC)


Cadence = timedelta | Cron | None
"""Every so often, at the times of a cron line, or as the outlet publishes (None)."""


def cadence(every: str, zone: str) -> Cadence:
    """What `every` means in a source of the time zone `zone`. Raises ValueError."""
    if every == "auto":
        return None
    if len(every.split()) == 5:
        cron = Cron(every, zone)
        cron.after(datetime(2026, 1, 1, tzinfo=UTC))
        return cron
    wait = span(every)
    if wait < timedelta(minutes=1):
        raise ValueError("more often than once a minute is more than any outlet bears")
    return wait


def quiet_until(hours: tuple[str, ...], moment: datetime, zone: str) -> datetime:
    """When the quiet hours ("01:00-05:30", may pass midnight) that `moment` lies in end; `moment` itself outside them.

    Raises ValueError for what is no span of hours.
    """
    local = moment.astimezone(ZoneInfo(zone))
    for text in hours:
        found = _QUIET.fullmatch(text)
        if found is None or found.group(1, 2) == found.group(3, 4):
            raise ValueError(f"{text!r} are no quiet hours: write 01:00-05:30")
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        now = local.time()
        inside = start <= now < end if start < end else now >= start or now < end
        if inside:
            day = local.date() + timedelta(days=1 if end <= now else 0)
            return datetime.combine(day, end, ZoneInfo(zone)).astimezone(UTC)
    return moment

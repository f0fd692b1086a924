"""Dates in Arabic text, in running text as in bylines: what is not understood is left out, never guessed."""

from pipelines.dates.bylines import EARLIEST, Printed, printed_date, printed_dates
from pipelines.dates.finding import FoundDate, find_dates

__all__ = ["EARLIEST", "FoundDate", "Printed", "find_dates", "printed_date", "printed_dates"]

"""Which watched names a text mentions: `Tagger`."""

from pipelines.tag.tagger import TAGGING, Tagger, Tags, faults

__all__ = ["TAGGING", "Tagger", "Tags", "faults"]

"""What an article reports: `Reporter`."""

from pipelines.report.reporter import Because, Reporter

__all__ = ["Because", "Reporter"]

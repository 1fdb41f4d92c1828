"""The page: one HTML file that shows a map and its runs."""

from grokphase.web.report import write_report as write_report

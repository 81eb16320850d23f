"""``report.html``: runs on one page that needs nothing else, no script either."""

from mge_toolkit.reporting.report.page.document import html_page

__all__ = ["html_page"]

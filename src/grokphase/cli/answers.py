"""How the verbs that answer without training say and draw what they found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokphase.cli.options import Output
from grokphase.cli.output import print_json

if TYPE_CHECKING:
    from grokphase.plotting.charts import Panel


def answered(document: Mapping[str, Any], output: Output, tell: Callable[[], None]) -> int:
    """Say what was found: as JSON, or as tables, with its conventions and where its picture is.

    Args:
        document: what was found, with `convention`, and `figure` if there is one; `data` says of
            what.
        output: how the verb talks.
        tell: prints the tables.
    """
    if output.json:
        print_json(document)
        return 0
    tell()
    if not output.quiet:
        print(_said(document))
    if "figure" in document:
        print(f"{'figure':8}{document['figure']}")
    return 0


def curves_drawn(
    document: Mapping[str, Any],
    table: Mapping[str, Any],
    parameters: Mapping[str, Any],
    title: str,
    path: Path,
) -> str:
    """Draw curves over what they are of; where the figure is.

    Args:
        document: what was found, with its conventions.
        table: the curves.
        parameters: of the chart, see `grokphase.plotting.charts`.
        title: of the figure.
        path: where it goes, without a suffix.
    """
    from grokphase.plotting.charts import Panel

    return panels_drawn(document, [Panel("curves", dict(table), parameters)], title, path)


def panels_drawn(
    document: Mapping[str, Any],
    panels: Sequence[Panel],
    title: str,
    path: Path,
    *,
    legend: str = "",
) -> str:
    """Draw panels over what they are of; where the figure is.

    Args:
        document: what was found, with its conventions.
        panels: from the left.
        title: of the figure.
        path: where it goes, without a suffix.
        legend: as of `grokphase.plotting.charts.page`.
    """
    from grokphase.cli.paths import require_writable
    from grokphase.plotting import save_figure
    from grokphase.plotting.charts import page

    require_writable(path.parent, "--out")
    found = page(panels, title=title, caption=f"{_said(document)}.", legend=legend)
    return str(save_figure(found, path)[0])


def _said(document: Mapping[str, Any]) -> str:
    return "; ".join(document[name] for name in ("data", "convention") if name in document)

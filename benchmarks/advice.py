"""The constants of advice, and whether following it helps.

``python -m benchmarks.advice`` fits the constants that come with grokphase to the training families
of the corpus that comes with it, or of ``--corpus FILE``, and writes them. ``--follow STORE`` then
follows the advice on families that were not fitted (some minutes of two cores) and writes what came
of it beside them: `basis` says it with every advice.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from grokphase.corpora import Corpus, corpus
from grokphase.forecasting.advice_fit import constants
from grokphase.forecasting.cases import cases_of
from grokphase.mapping.advising import follow
from grokphase.store import Store

PLACE = Path(str(files("grokphase.forecasting"))) / "fitted" / "advice.json"


def rows(of: Corpus) -> Iterator[dict[str, Any]]:
    """The training families' runs without their curves, of which advice knows nothing."""
    curves = ", ".join(of.curves)
    found = of.query(f"SELECT * EXCLUDE ({curves}), [0] AS step FROM corpus WHERE split = 'train'")
    names = found.columns
    for row in found.fetchall():
        yield dict(zip(names, row, strict=True))


def main() -> None:
    """Fit, follow where that is asked for, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--follow", metavar="STORE", type=Path)
    parser.add_argument("--cells", type=int, default=3)
    given = parser.parse_args()
    made = corpus() if given.corpus is None else Corpus(given.corpus)
    write(constants(cases_of(rows(made))))
    if given.follow is not None:
        with Store.open(given.follow) as store:
            followed = follow(store, cells_each=given.cells)
        write(json.loads(PLACE.read_text(encoding="utf-8")) | {"followed": followed})


def write(found: dict[str, Any]) -> None:
    """Replace the constants."""
    PLACE.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

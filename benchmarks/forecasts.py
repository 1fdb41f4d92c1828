"""The constants of the forecasters: fitted again, or checked to be of no test run.

`.venv/bin/python -m benchmarks.forecasts fit [CORPUS.parquet]` fits all forecasters to the training
families of the corpus, chooses on its validation families, and writes what comes with grokphase.
`... check [CORPUS.parquet]` takes all test runs out of the corpus, fits again and compares. Without
a file both take the corpus that comes with grokphase. Each takes a minute or two.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import grokphase.forecasting.kept as kept
from grokphase.corpora import corpus
from grokphase.forecasting.benchmark import benchmark
from grokphase.forecasting.cases import cases_of
from grokphase.forecasting.fitting import constants
from grokphase.forecasting.goals import goals
from grokphase.forecasting.proof import proof

DOCS = Path(__file__).parents[1] / "docs"
TABLE = DOCS / "forecast-benchmark.txt"
GOALS = DOCS / "forecast-goals.txt"
PICTURE = DOCS / "images" / "forecast-benchmark.png"
FILE = Path(kept.__file__).with_name("fitted") / kept.FILE


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit or check; 1 where a check fails."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("fit", "check"))
    parser.add_argument("corpus", nargs="?", help="a Parquet file; the one of grokphase if not")
    given = parser.parse_args(arguments)
    cases = cases_of(corpus(given.corpus).rows())
    if given.what == "fit":
        fitted = constants(cases)
        FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
        found = benchmark(cases, fitted)
        TABLE.write_text(f"{found}\n", encoding="utf-8")
        GOALS.write_text(f"{goals(found)}\n", encoding="utf-8")
        found.plot().savefig(PICTURE, dpi=160)
        print(f"{found}\n\n{goals(found)}\n\nwrote {FILE}, {TABLE}, {GOALS} and {PICTURE}")
        return 0
    found = proof(cases, kept.kept())
    for each in found:
        print("holds" if each.holds else "FAILS", "-", each.says)
    return 0 if all(each.holds for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Claims of Liu et al. (2022), measured on made-up data of their figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grokphase import studies
from grokphase.estimators import Measured
from grokphase.studies.figure import FigureResult
from grokphase.studies.judging import measured as of_results


def result(figure: str, data: Mapping[str, Any], **given: Any) -> FigureResult:
    """The result of a figure that holds these data."""
    made = {"runs": 30, "steps": 1000, "version": "0", "date": "2026-01-01", "machine": "none"}
    return FigureResult(
        "liu2022", figure, "quick", "6 seeds.", data, cost_seconds=1.0, **{**made, **given}
    )


def measured(claim: str, data: Mapping[str, Any]) -> Measured:
    """What is found of a claim on data of the one figure that it needs."""
    study = studies.study("liu2022")
    (chosen,) = study.select_claims(claim)
    (figure,) = chosen.needs
    return of_results(study, chosen, [result(figure, data)])

"""The literature, a folder a paper: its figures computed again, its claims with a verdict.

Example:
    >>> from grokphase import studies
    >>> paper = studies.study("liu2022")
    >>> [figure.id for figure in paper.select("fig6")]
    ['fig6a', 'fig6b', 'fig6c', 'fig6d']
"""

from grokphase.studies.data import in_columns
from grokphase.studies.discovery import names, parse_claims, parse_target, studies_of, study
from grokphase.studies.drawing import draw
from grokphase.studies.figure import FigureResult, computed
from grokphase.studies.given import (
    Given,
    Trained,
    curves_of,
    first_step,
    row_at,
    step_since,
    times_later,
    usual_table,
)
from grokphase.studies.judging import Entry, entry_of
from grokphase.studies.ledger import Correction, Ledger, ledger, ledger_of, study_ledger
from grokphase.studies.paper import KINDS, Claim, Figure, Panel, Study
from grokphase.studies.planning import FigurePlan, StudyPlan, plan, plan_claims
from grokphase.studies.reading import read_study
from grokphase.studies.reproduction import Reproduced, check_functions, reproduce, verdicts
from grokphase.studies.scales import SCALES, Scale
from grokphase.studies.work import Work

__all__ = [
    "KINDS",
    "SCALES",
    "Claim",
    "Correction",
    "Entry",
    "Figure",
    "FigurePlan",
    "FigureResult",
    "Given",
    "Ledger",
    "Panel",
    "Reproduced",
    "Scale",
    "Study",
    "StudyPlan",
    "Trained",
    "Work",
    "check_functions",
    "computed",
    "curves_of",
    "draw",
    "entry_of",
    "first_step",
    "in_columns",
    "ledger",
    "ledger_of",
    "names",
    "parse_claims",
    "parse_target",
    "plan",
    "plan_claims",
    "read_study",
    "reproduce",
    "row_at",
    "step_since",
    "studies_of",
    "study",
    "study_ledger",
    "times_later",
    "usual_table",
    "verdicts",
]

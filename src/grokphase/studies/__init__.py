"""The literature, a module a paper: its figures computed again, its claims with a verdict.

Example:
    >>> from grokphase import studies
    >>> paper = studies.study("liu2022")
    >>> [figure.id for figure in paper.select("fig6")]
    ['fig6a', 'fig6b', 'fig6c', 'fig6d']
"""

from grokphase.estimators.measured import VERDICTS, Measured, Verdict
from grokphase.studies.claim import KINDS, Claim, Entry
from grokphase.studies.entries import ledger
from grokphase.studies.figure import Figure, FigureResult
from grokphase.studies.multiplicity import Multiplicity, multiplicity
from grokphase.studies.papers import NAMES, Study, parse_target, study
from grokphase.studies.reproduction import Reproduced, reproduce, verdicts
from grokphase.studies.scales import SCALES, Scale
from grokphase.studies.work import Work

__all__ = [
    "KINDS",
    "NAMES",
    "SCALES",
    "VERDICTS",
    "Claim",
    "Entry",
    "Figure",
    "FigureResult",
    "Measured",
    "Multiplicity",
    "Reproduced",
    "Scale",
    "Study",
    "Verdict",
    "Work",
    "ledger",
    "multiplicity",
    "parse_target",
    "reproduce",
    "study",
    "verdicts",
]

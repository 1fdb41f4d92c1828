"""Phases of learning: Table 1, maps of them, the refinement of maps, and their borders.

What a map, a sweep or a survival curve is, and what follows from it; `grokphase.telling` puts it
in words and tables, `grokphase.plotting` draws it (`grokphase.showing` finds them). All of it works
on results, needs no JAX, and stands below `grokphase.training`, which names the phase of each run;
`grokphase.mapping` makes them.
"""

from grokphase.phases.axis import Axis as Axis
from grokphase.phases.borders import BORDERS as BORDERS
from grokphase.phases.borders import Border as Border
from grokphase.phases.borders import Borders as Borders
from grokphase.phases.borders import borders as borders
from grokphase.phases.classify import BY as BY
from grokphase.phases.classify import DELAY as DELAY
from grokphase.phases.classify import PHASE_MEANING as PHASE_MEANING
from grokphase.phases.classify import PHASES as PHASES
from grokphase.phases.classify import TABLE_1 as TABLE_1
from grokphase.phases.classify import classify as classify
from grokphase.phases.classify import classify_many as classify_many
from grokphase.phases.notes import Note as Note
from grokphase.phases.phase_map import PhaseMap as PhaseMap
from grokphase.phases.refine import Refinement as Refinement
from grokphase.phases.survival import Survival as Survival
from grokphase.phases.sweep_result import SweepResult as SweepResult

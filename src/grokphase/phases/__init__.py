"""Phases of learning: Table 1, maps of them, the refinement of maps, and their borders."""

from grokphase.phases.axis import Axis as Axis
from grokphase.phases.classify import DELAY as DELAY
from grokphase.phases.classify import PHASE_MEANING as PHASE_MEANING
from grokphase.phases.classify import PHASES as PHASES
from grokphase.phases.classify import classify as classify
from grokphase.phases.classify import classify_many as classify_many
from grokphase.phases.phase_map import PhaseMap as PhaseMap

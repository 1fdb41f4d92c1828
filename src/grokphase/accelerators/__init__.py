"""Accelerators: changes of training that are meant to bring generalization earlier.

Each is an arm: a frozen dataclass of its settings, for `Recipe(accelerator=...)`, and where it is
one a plain transform of Optax's, `arm.transform()`. A new one is a module and a line here.
"""

from grokphase.accelerators.accelerator import Accelerator as Accelerator
from grokphase.accelerators.accelerator import arm_of as arm_of
from grokphase.accelerators.accelerator import kinds as kinds
from grokphase.accelerators.accelerator import unknown_setting as unknown_setting
from grokphase.accelerators.commutative import CommutativeAugmentation as CommutativeAugmentation
from grokphase.accelerators.decay_schedule import DecaySchedule as DecaySchedule
from grokphase.accelerators.egalitarian import Egalitarian as Egalitarian
from grokphase.accelerators.gradient_norm import GradientNorm as GradientNorm
from grokphase.accelerators.grokfast import GrokfastEMA as GrokfastEMA
from grokphase.accelerators.grokfast_ma import GrokfastMA as GrokfastMA
from grokphase.accelerators.muon import Muon as Muon
from grokphase.accelerators.norm_growth import NormGrowth as NormGrowth
from grokphase.accelerators.perp_grad import PerpGrad as PerpGrad
from grokphase.accelerators.settings import allowed as allowed
from grokphase.accelerators.spectral import SpectralEntropy as SpectralEntropy
from grokphase.accelerators.stablemax import StableMax as StableMax
from grokphase.accelerators.textbook import TextbookSoftmax as TextbookSoftmax
from grokphase.accelerators.transfer import BlockTransfer as BlockTransfer
from grokphase.accelerators.transfer import GrokTransfer as GrokTransfer
from grokphase.accelerators.wand import WanD as WanD

"""What needs no training: which structure a training set determines, how fast it forms, laws.

The effective theory of Liu et al. (2022), arXiv:2205.10343, exact and in float64, for any task on
two symbols. Nothing here lists quadruples, so a thousand symbols take a second. Besides: linear
models that are solved, a first-order transition, and the laws of the delay in the literature, with
what each takes and where it fails.

Example:
    >>> from grokphase import tasks, theory
    >>> toy = tasks.task("addition", p=10)
    >>> train, _ = tasks.Split(count=45).indices(toy, seed=0)
    >>> theory.null_dimension(toy, train), theory.ideal_rqi(toy, train)
    (2, 1.0)
"""

from grokphase.theory.circuits import TwoCircuits
from grokphase.theory.contraction import Contraction, contraction, decay_rate
from grokphase.theory.conventions import CONVENTIONS, Sides, sides
from grokphase.theory.critical import CriticalFraction, critical_fraction
from grokphase.theory.data_law import DataLaw, fit_data_law
from grokphase.theory.delay import (
    LAWS,
    TwoConstants,
    delays,
    fit_two_constants,
    log_ratio,
    norm_delay,
    threshold_decay,
)
from grokphase.theory.dynamics import Conserved, conserved, flow, integrate, time_to_rqi, velocity
from grokphase.theory.first_order import (
    Minima,
    ModularAction,
    ModularAddition,
    PolynomialAction,
    PolynomialTeacher,
    Transition,
    mixture_entropy,
)
from grokphase.theory.groups import (
    critical_fraction_of_matrices,
    deduced_parallelograms,
    free_directions,
    permutation_matrices,
    regular_matrices,
)
from grokphase.theory.held_norm import HeldNorm, explained, fit_held_norm, logit_scale
from grokphase.theory.hessian import (
    NORMALISATIONS,
    constrained,
    count,
    effective_hessian,
    effective_loss,
    gram,
)
from grokphase.theory.images import Collapse, collapse, image_loss
from grokphase.theory.intervals import clopper_pearson
from grokphase.theory.lazy_rich import LazyRich, lazy_rich
from grokphase.theory.linear_decoder import Pair, adiabatic_difference, bias_alone, pair_flow
from grokphase.theory.log_times import LogTimes, fit_log_times
from grokphase.theory.null_space import is_determined, null_dimension, null_space, touches_all
from grokphase.theory.orders import Thresholds, thresholds
from grokphase.theory.rate import GrokkingRate, grokking_rate
from grokphase.theory.rate_statistics import RateDistribution, rate_distribution
from grokphase.theory.regression import (
    Evolution,
    LossTimes,
    Spectrum,
    accuracy,
    average_spectrum,
    marchenko_pastur,
    off_span_time,
    small_tolerance_delay,
    spectrum_of,
)
from grokphase.theory.representation import (
    ideal_accuracy,
    ideal_rqi,
    implied_parallelograms,
    parallelograms,
    predicted_accuracy,
    realised_parallelograms,
    rqi,
)
from grokphase.theory.scaling import (
    asymptotic_critical_fraction,
    law_critical_fraction,
    law_probability,
    untouched,
    untouched_of,
)
from grokphase.theory.separability import (
    OneClass,
    SeparationTimes,
    log_separability,
    separability,
    two_point_bias,
    two_point_limit,
    two_points,
)

__all__ = [
    "CONVENTIONS",
    "LAWS",
    "NORMALISATIONS",
    "Collapse",
    "Conserved",
    "Contraction",
    "CriticalFraction",
    "DataLaw",
    "Evolution",
    "GrokkingRate",
    "HeldNorm",
    "LazyRich",
    "LogTimes",
    "LossTimes",
    "Minima",
    "ModularAction",
    "ModularAddition",
    "OneClass",
    "Pair",
    "PolynomialAction",
    "PolynomialTeacher",
    "RateDistribution",
    "SeparationTimes",
    "Sides",
    "Spectrum",
    "Thresholds",
    "Transition",
    "TwoCircuits",
    "TwoConstants",
    "accuracy",
    "adiabatic_difference",
    "asymptotic_critical_fraction",
    "average_spectrum",
    "bias_alone",
    "clopper_pearson",
    "collapse",
    "conserved",
    "constrained",
    "contraction",
    "count",
    "critical_fraction",
    "critical_fraction_of_matrices",
    "decay_rate",
    "deduced_parallelograms",
    "delays",
    "effective_hessian",
    "effective_loss",
    "explained",
    "fit_data_law",
    "fit_held_norm",
    "fit_log_times",
    "fit_two_constants",
    "flow",
    "free_directions",
    "gram",
    "grokking_rate",
    "ideal_accuracy",
    "ideal_rqi",
    "image_loss",
    "implied_parallelograms",
    "integrate",
    "is_determined",
    "law_critical_fraction",
    "law_probability",
    "lazy_rich",
    "log_ratio",
    "log_separability",
    "logit_scale",
    "marchenko_pastur",
    "mixture_entropy",
    "norm_delay",
    "null_dimension",
    "null_space",
    "off_span_time",
    "pair_flow",
    "parallelograms",
    "permutation_matrices",
    "predicted_accuracy",
    "rate_distribution",
    "realised_parallelograms",
    "regular_matrices",
    "rqi",
    "separability",
    "sides",
    "small_tolerance_delay",
    "spectrum_of",
    "threshold_decay",
    "thresholds",
    "time_to_rqi",
    "touches_all",
    "two_point_bias",
    "two_point_limit",
    "two_points",
    "untouched",
    "untouched_of",
    "velocity",
]

"""What needs no training: which structure a training set determines, and how fast it forms.

The effective theory of Liu et al. (2022), arXiv:2205.10343, exact and in float64, for any task on
two symbols. Nothing here lists quadruples, so a thousand symbols take a second.

Example:
    >>> from grokphase import tasks, theory
    >>> toy = tasks.task("addition", p=10)
    >>> train, _ = tasks.Split(count=45).indices(toy, seed=0)
    >>> theory.null_dimension(toy, train), theory.ideal_rqi(toy, train)
    (2, 1.0)
"""

from grokphase.theory.conventions import CONVENTIONS, Sides, sides
from grokphase.theory.critical import CriticalFraction, critical_fraction
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
from grokphase.theory.lazy_rich import Course, LazyRich, Moments, lazy_rich
from grokphase.theory.linear_decoder import Pair, adiabatic_difference, bias_alone, pair_flow
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
    "NORMALISATIONS",
    "Collapse",
    "Conserved",
    "Course",
    "CriticalFraction",
    "Evolution",
    "GrokkingRate",
    "LazyRich",
    "LossTimes",
    "Minima",
    "ModularAction",
    "ModularAddition",
    "Moments",
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
    "accuracy",
    "adiabatic_difference",
    "asymptotic_critical_fraction",
    "average_spectrum",
    "bias_alone",
    "clopper_pearson",
    "collapse",
    "conserved",
    "constrained",
    "count",
    "critical_fraction",
    "critical_fraction_of_matrices",
    "deduced_parallelograms",
    "effective_hessian",
    "effective_loss",
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
    "log_separability",
    "marchenko_pastur",
    "mixture_entropy",
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

"""What is measured on the way: representation, dimension, distances, margins, norms, progress of a
circuit (Fourier transform, restricted and excluded loss, representations of groups), your own."""

from grokphase.measures.accuracy import predicted_accuracy as predicted_accuracy
from grokphase.measures.compression import Coarse as Coarse
from grokphase.measures.compression import Complexity as Complexity
from grokphase.measures.compression import coarse_grained as coarse_grained
from grokphase.measures.compression import complexity as complexity
from grokphase.measures.compression import compressed_bits as compressed_bits
from grokphase.measures.compression import kept_rank as kept_rank
from grokphase.measures.concentration import gini as gini
from grokphase.measures.concentration import (
    inverse_participation_ratio as inverse_participation_ratio,
)
from grokphase.measures.cross_entropy import saturated as saturated
from grokphase.measures.dimension import effective_dimension as effective_dimension
from grokphase.measures.distances import distances as distances
from grokphase.measures.distances import mean_distance as mean_distance
from grokphase.measures.distances import nearest_distance as nearest_distance
from grokphase.measures.fourier import fourier as fourier
from grokphase.measures.fourier import fourier_basis as fourier_basis
from grokphase.measures.fourier import spectrum as spectrum
from grokphase.measures.freedom import null_dimension as null_dimension
from grokphase.measures.gradients import gradient_alignment as gradient_alignment
from grokphase.measures.learning_coefficient import LearningCoefficient as LearningCoefficient
from grokphase.measures.learning_coefficient import learning_coefficient as learning_coefficient
from grokphase.measures.linearity import linear_residual as linear_residual
from grokphase.measures.margins import margins as margins
from grokphase.measures.modular import cosine_amplitudes as cosine_amplitudes
from grokphase.measures.modular import cosine_shares as cosine_shares
from grokphase.measures.modular import embedding_norms as embedding_norms
from grokphase.measures.modular import excluded_logits as excluded_logits
from grokphase.measures.modular import excluded_loss as excluded_loss
from grokphase.measures.modular import key_frequencies as key_frequencies
from grokphase.measures.modular import neuron_frequencies as neuron_frequencies
from grokphase.measures.modular import neuron_shares as neuron_shares
from grokphase.measures.modular import restricted_logits as restricted_logits
from grokphase.measures.modular import restricted_loss as restricted_loss
from grokphase.measures.norms import norm as norm
from grokphase.measures.operands import attention_to_operands as attention_to_operands
from grokphase.measures.operands import neuron_maps as neuron_maps
from grokphase.measures.own import UserMeasure as UserMeasure
from grokphase.measures.own import measure as measure
from grokphase.measures.parallelograms import parallelograms as parallelograms
from grokphase.measures.parallelograms import realised as realised
from grokphase.measures.parallelograms import rqi as rqi
from grokphase.measures.planes import frequency_plane as frequency_plane
from grokphase.measures.planes import principal_axes as principal_axes
from grokphase.measures.rank import effective_rank as effective_rank
from grokphase.measures.rank import feature_rank as feature_rank
from grokphase.measures.rank import spectral_entropy as spectral_entropy
from grokphase.measures.regions import areas as areas
from grokphase.measures.regions import directions as directions
from grokphase.measures.regions import local_complexity as local_complexity
from grokphase.measures.regions import regions as regions
from grokphase.measures.representations import Irrep as Irrep
from grokphase.measures.representations import by_product as by_product
from grokphase.measures.representations import character_similarity as character_similarity
from grokphase.measures.representations import irreps as irreps
from grokphase.measures.representations import logits_within as logits_within
from grokphase.measures.representations import representation_shares as representation_shares
from grokphase.measures.robustness import attacked as attacked
from grokphase.measures.sparsity import absolute_weight_entropy as absolute_weight_entropy
from grokphase.measures.sparsity import activation_sparsity as activation_sparsity
from grokphase.measures.sparsity import circuit_complexity as circuit_complexity
from grokphase.measures.sparsity import squared_weights as squared_weights
from grokphase.phases.changes import ChangePoint as ChangePoint
from grokphase.phases.changes import change_points as change_points
from grokphase.phases.circuit import CircuitPhase as CircuitPhase
from grokphase.phases.circuit import circuit_phases as circuit_phases
from grokphase.phases.oscillations import Hjorth as Hjorth
from grokphase.phases.oscillations import ascent as ascent
from grokphase.phases.oscillations import high_pass as high_pass
from grokphase.phases.oscillations import hjorth as hjorth
from grokphase.phases.slingshots import Slingshot as Slingshot
from grokphase.phases.slingshots import slingshots as slingshots

__all__ = [
    "ChangePoint",
    "CircuitPhase",
    "Coarse",
    "Complexity",
    "Hjorth",
    "Irrep",
    "LearningCoefficient",
    "Slingshot",
    "UserMeasure",
    "absolute_weight_entropy",
    "activation_sparsity",
    "areas",
    "ascent",
    "attacked",
    "attention_to_operands",
    "by_product",
    "change_points",
    "character_similarity",
    "circuit_complexity",
    "circuit_phases",
    "coarse_grained",
    "complexity",
    "compressed_bits",
    "cosine_amplitudes",
    "cosine_shares",
    "directions",
    "distances",
    "effective_dimension",
    "effective_rank",
    "embedding_norms",
    "excluded_logits",
    "excluded_loss",
    "feature_rank",
    "fourier",
    "fourier_basis",
    "frequency_plane",
    "gini",
    "gradient_alignment",
    "high_pass",
    "hjorth",
    "inverse_participation_ratio",
    "irreps",
    "kept_rank",
    "key_frequencies",
    "learning_coefficient",
    "linear_residual",
    "local_complexity",
    "margins",
    "mean_distance",
    "measure",
    "nearest_distance",
    "neuron_frequencies",
    "neuron_maps",
    "neuron_shares",
    "norm",
    "null_dimension",
    "parallelograms",
    "predicted_accuracy",
    "principal_axes",
    "realised",
    "regions",
    "representation_shares",
    "restricted_logits",
    "restricted_loss",
    "rqi",
    "saturated",
    "slingshots",
    "spectral_entropy",
    "spectrum",
    "squared_weights",
]

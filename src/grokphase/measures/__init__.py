"""What is measured on the way: representation, dimension, distances, margins, norms, your own."""

from grokphase.measures.accuracy import predicted_accuracy as predicted_accuracy
from grokphase.measures.dimension import effective_dimension as effective_dimension
from grokphase.measures.distances import distances as distances
from grokphase.measures.distances import mean_distance as mean_distance
from grokphase.measures.distances import nearest_distance as nearest_distance
from grokphase.measures.freedom import null_dimension as null_dimension
from grokphase.measures.linearity import linear_residual as linear_residual
from grokphase.measures.margins import margins as margins
from grokphase.measures.norms import norm as norm
from grokphase.measures.own import UserMeasure as UserMeasure
from grokphase.measures.own import measure as measure
from grokphase.measures.parallelograms import parallelograms as parallelograms
from grokphase.measures.parallelograms import realised as realised
from grokphase.measures.parallelograms import rqi as rqi

__all__ = [
    "UserMeasure",
    "distances",
    "effective_dimension",
    "linear_residual",
    "margins",
    "mean_distance",
    "measure",
    "nearest_distance",
    "norm",
    "null_dimension",
    "parallelograms",
    "predicted_accuracy",
    "realised",
    "rqi",
]

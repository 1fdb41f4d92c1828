"""What is measured on the way: representation quality and norms."""

from grokphase.measures.norms import norm as norm
from grokphase.measures.parallelograms import parallelograms as parallelograms
from grokphase.measures.parallelograms import realised as realised
from grokphase.measures.parallelograms import rqi as rqi

__all__ = ["norm", "parallelograms", "realised", "rqi"]

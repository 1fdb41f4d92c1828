"""A public set of runs: what many small networks did, for whoever forecasts or explains it."""

from grokphase.corpus.reading import Corpus as Corpus
from grokphase.corpus.reading import corpus as corpus

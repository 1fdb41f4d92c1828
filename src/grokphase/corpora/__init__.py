"""A public set of runs: what many small networks did, for whoever forecasts or explains it."""

from grokphase.corpora.reading import Corpus as Corpus
from grokphase.corpora.reading import corpus as corpus

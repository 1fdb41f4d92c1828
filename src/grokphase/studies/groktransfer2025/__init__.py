"""Xu et al. (2025): embeddings of a weak network, for one that is to generalize without delay."""

"""Pasand et al. (2025): gradients whose singular values are made equal."""

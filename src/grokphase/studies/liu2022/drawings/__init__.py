"""Drawings of the figures, apart from what computes their data."""

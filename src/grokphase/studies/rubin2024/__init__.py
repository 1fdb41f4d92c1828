"""Rubin, Seroussi and Ringel (2024): grokking as a first-order phase transition."""

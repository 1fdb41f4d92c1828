"""Abramov, Steinbauer and Kasneci (2025): see `paper.toml`."""

"""Golechha (2024): see `paper.toml`."""

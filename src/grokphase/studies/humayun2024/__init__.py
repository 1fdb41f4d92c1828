"""Humayun, Balestriero and Baraniuk (2024): see `paper.toml`."""

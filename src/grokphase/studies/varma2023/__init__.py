"""Varma, Shah, Kenton, Kramár and Kumar (2023): see `paper.toml`."""

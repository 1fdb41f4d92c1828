"""Huang, Hu, Han, Lan, Sun et al. (2024): see `paper.toml`."""

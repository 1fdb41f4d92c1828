"""Lau, Furman, Wang, Murfet and Wei (2023), and what was said of grokking: see `paper.toml`."""

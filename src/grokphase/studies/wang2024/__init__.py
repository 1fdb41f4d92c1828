"""Wang, Yue, Su and Sun (2024): see `paper.toml`."""

"""Beck, Levi and Bar-Sinai (2024): figures and claims; see `paper.toml`."""

"""Fan, Pascanu and Jaggi (2024): see `paper.toml`."""

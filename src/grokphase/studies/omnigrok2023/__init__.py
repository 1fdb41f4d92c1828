"""Liu, Michaud and Tegmark (2023): see `paper.toml`."""

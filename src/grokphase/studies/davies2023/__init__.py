"""Davies, Langosco and Krueger (2023): see `paper.toml`."""

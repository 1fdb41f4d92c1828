"""Lyu, Jin, Li, Du, Lee and Hu (2024): see `paper.toml`."""

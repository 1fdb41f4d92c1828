"""Zhang, Shang, Yang and Zhang (2025): see `paper.toml`."""

"""This work: is the border of generalization a phase transition? See `paper.toml`."""

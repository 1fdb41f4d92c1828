"""DeMoss, Sapora, Foerster, Hawes and Posner (2024): see `paper.toml`."""

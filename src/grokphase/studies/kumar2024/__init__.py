"""Kumar, Bordelon, Gershman and Pehlevan (2024): see `paper.toml`."""

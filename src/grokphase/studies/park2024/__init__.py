"""Park et al. (2024): mirrored samples, and blocks that were trained on another operation."""

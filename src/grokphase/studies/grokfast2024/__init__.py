"""Lee et al. (2024): Grokfast, the slow part of the gradient amplified."""

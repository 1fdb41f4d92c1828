"""Mallinar et al. (2024): kernel machines that learn features grok, without networks or descent."""

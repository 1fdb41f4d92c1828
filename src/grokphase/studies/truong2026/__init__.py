"""Khanh et al. (2026), arXiv:2606.13753 and 2606.18465: times at a norm that is held."""

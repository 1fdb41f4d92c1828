"""Khanh et al. (2026), arXiv:2603.13331: the norm-separation delay law."""

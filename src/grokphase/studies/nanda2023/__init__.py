"""Nanda et al. (2023), arXiv:2301.05217: progress measures for grokking."""

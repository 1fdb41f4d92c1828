"""Liu et al. (2022), arXiv:2205.10343: an effective theory of representation learning."""

"""Xu, Wang, Frei, Vardi and Hu (2024): benign overfitting and grokking on clusters of XOR."""

"""Xu, Vardi and Safran (2026): grokking proved in ridge regression."""

"""Notsawo, Zhou, Pezeshki, Rish and Dumas (2023): early oscillations, and what they tell."""

"""Barak, Edelman, Goel, Kakade, Malach and Zhang (2022): hidden progress on sparse parity."""

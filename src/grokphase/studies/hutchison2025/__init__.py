"""Hutchison and Yevick (2025): how warm a lattice of spins is, learned late."""

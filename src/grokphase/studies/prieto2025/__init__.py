"""Prieto et al. (2025): training without decay stalls where the softmax saturates."""

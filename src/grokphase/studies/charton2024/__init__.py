"""Charton (2024): what a transformer that learns greatest common divisors predicts, by rules."""

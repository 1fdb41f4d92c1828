"""Levi, Beck and Bar-Sinai (2024): when a linear student of a linear teacher seems to grok."""

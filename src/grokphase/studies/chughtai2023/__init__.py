"""Chughtai, Chan and Nanda (2023), arXiv:2302.03025: networks that compose groups."""

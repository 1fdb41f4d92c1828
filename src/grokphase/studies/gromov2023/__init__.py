"""Gromov (2023): a network with known weights that adds modulo p, and others that find them."""

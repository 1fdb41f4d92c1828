"""Processes in which runs are trained: what they start with, and who gives them jobs.

Needs no JAX: a worker of a user's own training function never imports it.
"""

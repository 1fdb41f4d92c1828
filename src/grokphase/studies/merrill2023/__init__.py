"""Merrill, Tsilivis and Shukla (2023): two circuits that compete, one sparse and one dense."""

"""The tests of the store do not wait for the disk."""

from __future__ import annotations

import os

import pytest

from grokphase.store import catalog


def forget_to_sync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes syncing cost nothing: a process that is killed leaves what it wrote to the system."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(catalog, "_SYNCHRONOUS", "OFF")


@pytest.fixture(autouse=True)
def _unsynced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only a power cut could tell the difference; that files are synced, and in which order, is
    # what test_files.py is about.
    if "synced" not in request.fixturenames:
        forget_to_sync(monkeypatch)


@pytest.fixture
def synced() -> None:
    """Asks for the real thing."""

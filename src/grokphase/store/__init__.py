"""Everything that was computed, kept: runs are never computed twice and never half-written.

A store is a folder::

    store.json          what makes it a store: the version of the format
    writer.lock         held by the one writer; says who it is
    catalog.sqlite      which run lies in which shard; can be made anew from everything below
    shards/             Parquet, one row a run with its curves; immutable, named by content hash
    weights/            safetensors, for runs that kept their weights
    sweeps/             JSON, one file a sweep
    checkpoints/        runs in flight

**Order of writing.** A file is written under a temporary name, synced, renamed, and its folder
synced; then one transaction of the catalog lists it. A process killed at any moment leaves either
a draft, which the next writer removes, or a complete shard, which the next writer adopts.

**Ownership.** One writer a store: a second one is told who holds it, and waits or leaves. The
operating system holds the lock, so it ends with its owner however that ends. Any number of readers
(`read_only=True`), on any machine that sees the folder, beside the writer; they take no lock of
their own and may only wait, for milliseconds, while the catalog commits. Only the writer removes
files; a reader that finds a shard replaced looks it up again.

**Threads.** One `Store` may be used from several threads: its methods run one at a time, except
those of checkpoints, which run side by side (for different runs). It may not be used in a process
forked from the one that opened it; such a child neither holds nor frees the lock. Worker
processes return records, and the process that opened the store writes them.
"""

from __future__ import annotations

from grokphase.store.entries import LISTED as LISTED
from grokphase.store.lock import StoreLocked as StoreLocked
from grokphase.store.record import RunRecord as RunRecord
from grokphase.store.result import QueryResult as QueryResult
from grokphase.store.store import Store as Store

__all__ = ["LISTED", "QueryResult", "RunRecord", "Store", "StoreLocked"]

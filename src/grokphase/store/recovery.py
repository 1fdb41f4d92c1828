"""What a writer puts right when it opens a store, and what a check finds.

After a `kill -9`, a power cut or a hand that touched the files: drafts are removed, complete
shards that the catalog does not know yet are adopted, damaged ones are set aside, and a catalog
that is lost or damaged is made anew. A rebuild is the same, begun with an empty catalog.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from grokphase.files import remove_file, sync_folder, temporary
from grokphase.store import sweeps
from grokphase.store.catalog import Catalog
from grokphase.store.checkpoints import Checkpoints
from grokphase.store.damage import changed_at, damage, describe
from grokphase.store.entries import Entry, StoredFile
from grokphase.store.files import digest
from grokphase.store.layout import Layout
from grokphase.store.maintenance import purge, remove
from grokphase.store.shards import (
    SUFFIX,
    UnreadableShard,
    rewrite,
    shard_entries,
)

CORRUPT = ".corrupt"
"""What the name of a damaged file that was set aside ends with; nobody reads or removes it."""


def open_catalog(layout: Layout) -> tuple[Catalog, list[str]]:
    """The writer's catalog, in agreement with the files.

    Args:
        layout: the store's paths; the caller holds the writer's lock.

    Returns:
        The catalog, and a sentence for each thing that was put right at a price.

    Raises:
        OSError: if the disk refuses.
    """
    for draft in layout.drafts():
        remove_file(draft)
    try:
        return _recovered(layout)
    except sqlite3.DatabaseError as error:
        # Subclasses say that the disk is full or the file busy, which a new catalog cannot cure.
        if type(error) is not sqlite3.DatabaseError:
            raise
        _set_catalog_aside(layout, CORRUPT)
        catalog, notes = _recovered(layout)
        return catalog, [f"The catalog was damaged ({error}); it was made anew.", *notes]


def rebuild(layout: Layout, catalog: Catalog) -> tuple[Catalog, list[str]]:
    """Makes the catalog anew from the shards and the files of the sweeps.

    Args:
        layout: the store's paths.
        catalog: the writer's present catalog; it is closed.

    Returns:
        As `open_catalog`.

    Raises:
        OSError: if the disk refuses.
    """
    notes = heal(layout, catalog, thorough=True)
    purge(layout, catalog)
    catalog.close()
    draft = temporary(layout.root, ".sqlite")
    os.replace(layout.catalog, draft)
    catalog, more = open_catalog(layout)
    return catalog, notes + more


def heal(layout: Layout, catalog: Catalog, *, thorough: bool) -> list[str]:
    """Sets damaged files aside; their runs count as not existing from now on.

    Args:
        layout: the store's paths.
        catalog: the writer's catalog.
        thorough: read and hash every file, instead of only those whose size or time changed.

    Returns:
        A sentence for each file set aside.
    """
    notes = []
    for file in catalog.all_files():
        if found := damage(layout.root, file, thorough=thorough):
            notes.append(_set_aside(layout, catalog, file, found))
        else:
            _note_time(layout, catalog, file)
    return notes


def problems(layout: Layout, catalog: Catalog, *, alone: bool) -> list[str]:
    """Everything that is wrong with a store, a sentence each; reads every file, changes nothing.

    Args:
        layout: the store's paths.
        catalog: a catalog, the writer's or a reader's.
        alone: whether no one else can be writing; beside a writer, a shard that is not in the
            catalog may be about to be.
    """
    found = []
    for file in catalog.all_files():
        problem = _problem(layout, catalog, file)
        # A writer may have replaced the file since it was listed: what is still listed is damaged.
        if problem and file in catalog.all_files():
            found.append(problem)
    fresh = _new(layout, catalog) if alone else []
    found += [f"{path.name} is complete but not in the catalog." for path in fresh]
    found += sweeps.damaged(layout.sweeps, catalog.sweeps.times())
    return found + [
        f"The checkpoint of run {run} is damaged: it would begin again."
        for run in Checkpoints(layout.checkpoints).damaged()
    ]


def _problem(layout: Layout, catalog: Catalog, file: StoredFile) -> str:
    """What is wrong with a file of the catalog, in a sentence; empty if nothing is."""
    runs = len(catalog.run_ids(file))
    path = layout.root / file.name
    if wrong := damage(layout.root, file, thorough=True):
        return f"{file.name} {wrong}: {runs} runs would be computed again."
    if path.suffix != SUFFIX:
        return ""
    try:
        held = {entry.listed: entry.weights for entry in shard_entries(path)}
    except UnreadableShard as error:
        return f"{file.name} cannot be read ({error}): {runs} runs would be computed again."
    if len(held) != runs:
        return f"{path.name} holds {len(held)} runs and the catalog lists {runs}."
    if held != catalog.entries(file):
        return (
            f"The catalog lists the {runs} runs of {path.name} otherwise than it holds them: "
            '"grokphase doctor --rebuild" makes the catalog anew.'
        )
    return ""


def _recovered(layout: Layout) -> tuple[Catalog, list[str]]:
    catalog = Catalog.write(layout.catalog)
    try:
        purge(layout, catalog)
        notes = heal(layout, catalog, thorough=False)
        _adopt_sweeps(layout, catalog)
        for path in _new(layout, catalog):
            notes += _adopt(layout, catalog, path)
        _drop_orphans(layout, catalog)
        notes += sweeps.damaged(layout.sweeps, catalog.sweeps.times())
        checkpoints = Checkpoints(layout.checkpoints)
        checkpoints.drop_all(catalog.existing(checkpoints.runs()))
        for run in checkpoints.damaged():
            checkpoints.drop(run)
            notes.append(f"The checkpoint of run {run} was damaged: it begins again.")
    except BaseException:
        catalog.close()
        raise
    return catalog, notes


def _set_catalog_aside(layout: Layout, suffix: str) -> None:
    # The journal goes first: a journal beside another catalog would be played into it.
    for name in (f"{layout.catalog.name}-journal", layout.catalog.name):
        path = layout.root / name
        if path.exists():
            os.replace(path, path.with_name(name + suffix))
    sync_folder(layout.root)


def _note_time(layout: Layout, catalog: Catalog, file: StoredFile) -> None:
    # A copied store has new times and the same content: hash it once, not on every opening.
    present = describe(layout.root / file.name)
    if present.modified != file.modified:
        with catalog.transaction():
            catalog.add_file(present)


def _set_aside(layout: Layout, catalog: Catalog, file: StoredFile, found: str) -> str:
    runs = catalog.run_ids(file)
    path = layout.root / file.name
    if path.exists():
        os.replace(path, path.with_name(path.name + CORRUPT))
        sync_folder(path.parent)
    if file.name.startswith("weights/"):
        # The rest of these runs is sound, but a run without its weights is not what was stored.
        remove(layout, catalog, runs)
    with catalog.transaction():
        catalog.drop_runs(runs)
        catalog.drop_files([file], condemn=False)
    return (
        f"{file.name} {found} and is set aside: the same command computes its "
        f"{len(runs)} runs again."
    )


def _new(layout: Layout, catalog: Catalog) -> list[Path]:
    known = {file.name for file in catalog.files("shards")} | set(catalog.condemned())
    paths = [path for path in layout.shards.glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    fresh = [path for path in paths if f"{path.parent.name}/{path.name}" not in known]
    return sorted(fresh, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _adopt(layout: Layout, catalog: Catalog, path: Path) -> list[str]:
    try:
        if digest(path) != path.stem:
            raise UnreadableShard("its content is not what its name says")
        held = list(shard_entries(path))
    except UnreadableShard as error:
        os.replace(path, path.with_name(path.name + CORRUPT))
        return [f"shards/{path.name} was damaged and is set aside: {error}"]
    sound = _sound_weights(layout, catalog, held)
    places = catalog.places([entry.listed[0] for entry in held])
    fresh = [entry for entry in held if _is_news(entry, places, sound)]
    # Before the shard is listed: killed in between, it is found again, and nothing was lost.
    remove(layout, catalog, [e.listed[0] for e in fresh if e.listed[0] in places])
    if len(fresh) == len(held):
        catalog.adopt(describe(path), _files(layout, sound), fresh)
    elif f"{path.parent.name}/{path.name}" not in {f.name for f in catalog.files("shards")}:
        # Else it was written anew, with the same content, to take in the shard before this one.
        _adopt_part(layout, catalog, path, held, fresh, sound)
    return []


def _is_news(
    entry: Entry, places: Mapping[str, tuple[str, str | None]], sound: Collection[str]
) -> bool:
    """Whether a run is not listed yet, or without the weights that it has here; see `writing`."""
    if entry.weights and entry.weights not in sound:
        return False
    known = places.get(entry.listed[0])
    return known is None or (entry.weights is not None and known[1] is None)


def _adopt_part(
    layout: Layout,
    catalog: Catalog,
    path: Path,
    held: Sequence[Entry],
    fresh: Sequence[Entry],
    sound: set[str],
) -> None:
    if fresh:
        wanted = {entry.listed[0] for entry in fresh}
        dropped = [entry.listed[0] for entry in held if entry.listed[0] not in wanted]
        new = rewrite(layout.shards, [path], dropped)
        catalog.adopt(describe(layout.root / new.name), _files(layout, sound), fresh)
    remove_file(path)


def _sound_weights(layout: Layout, catalog: Catalog, held: Sequence[Entry]) -> set[str]:
    known = {file.name for file in catalog.files("weights")}
    names = {entry.weights for entry in held if entry.weights}
    new = {name: layout.root / name for name in names - known}
    return (names & known) | {
        name for name, path in new.items() if path.exists() and digest(path) == path.stem
    }


def _files(layout: Layout, names: Collection[str]) -> list[StoredFile]:
    return [describe(layout.root / name) for name in sorted(names)]


def _drop_orphans(layout: Layout, catalog: Catalog) -> None:
    # Left by a writer killed between the weights and their shard. Where a shard was set aside,
    # the weights without one may be its own, and stay for whoever can repair it.
    if any(layout.shards.glob(f"*{CORRUPT}")):
        return
    used = {file.name for file in catalog.files("weights")}
    for path in layout.weights.glob("*.safetensors"):
        if f"{path.parent.name}/{path.name}" not in used:
            remove_file(path)


def _adopt_sweeps(layout: Layout, catalog: Catalog) -> None:
    known = catalog.sweeps.times()
    for path in sorted(layout.sweeps.glob("*.json")):
        modified = changed_at(path)
        sweep = sweeps.load(path) if known.get(path.stem) != modified else None
        if sweep:
            with catalog.transaction():
                catalog.sweeps.put(sweep, modified)

"""The store itself: the verbs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from grokphase.errors import GrokphaseError, nearest
from grokphase.showing import shown_by
from grokphase.store import in_flight, maintenance, querying, reading, recovery, sweeps, writing
from grokphase.store.catalog import Catalog
from grokphase.store.checkpoints import Checkpoints
from grokphase.store.files import storage_errors
from grokphase.store.in_flight import InFlight
from grokphase.store.layout import Layout, refuse_unless_store
from grokphase.store.record import RunRecord
from grokphase.store.result import QueryResult
from grokphase.store.session import Session

if TYPE_CHECKING:
    import pandas
    import polars

_SMALL_ON_CLOSE = 32
_SMALL_WHILE_OPEN = 256


class Store:
    """Results on disk; see `grokphase.store` for the rules of sharing one.

    Use `Store.open`, as a context manager.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, Store.open(folder) as store:
        ...     store.existing(["0123456789abcdef"])
        set()

    Attributes:
        path: the store's folder.
        read_only: whether writing is refused.
    """

    def __init__(self, session: Session) -> None:
        self.path = session.layout.root
        self.read_only = session.read_only
        self._session = session
        self._layout = session.layout
        self._checkpoints = Checkpoints(session.layout.checkpoints)

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], *, read_only: bool = False, wait: float = 0.0
    ) -> Store:
        """Opens a store; to write, it is created if it does not exist.

        Args:
            path: its folder.
            read_only: open beside a writer, or where nothing can be written.
            wait: seconds to wait for another writer to finish.

        Returns:
            The store; close it, or use it in a `with` statement.

        Raises:
            StoreLocked: if another writer holds it; the message names it.
            GrokphaseError: if the path is a file or a folder of something else, if the store is of
                a newer version, does not exist (to read) or cannot be written (to write).

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder, Store.open(folder) as store:
            ...     store.count()
            0
        """
        # A change of the current folder must not move a store that is open.
        layout = Layout(Path(os.path.abspath(path)))
        if read_only:
            refuse_unless_store(layout)
            return cls(Session(layout, None))
        return cls(Session.to_write(layout, wait))

    @property
    def notes(self) -> list[str]:
        """A sentence for each thing that was put right or is wrong, since opening."""
        return list(self._session.notes)

    def close(self) -> None:
        """Puts small shards together and frees the store; a second call does nothing."""
        try:
            self._session.tidy(_SMALL_ON_CLOSE)
        finally:
            self._session.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._session.closed:
            return f'Store("{self.path}", closed)'
        mode = "read-only" if self.read_only else "writable"
        return f'Store("{self.path}", {mode}, {self.count()} runs)'

    def _repr_html_(self) -> str:
        return repr(self) if self._session.closed else shown_by(self, "html")(self)

    # ---- reading

    def existing(
        self, ids: Iterable[str], weights: Literal["final", "log"] | None = None
    ) -> set[str]:
        """Those of `ids` whose runs are finished and stored.

        Args:
            ids: full ids.
            weights: only those stored with their last weights, or with those of log-spaced steps.
        """
        wanted = [*ids]
        with self._session.reading() as catalog:
            if weights is None:
                return catalog.existing(wanted)
            log = weights == "log"
            return self._session.sound(
                lambda: reading.with_weights(self._layout, catalog, wanted, log=log)
            )

    def count(self) -> int:
        """How many runs there are."""
        with self._session.reading() as catalog:
            return catalog.count()

    def phases(self) -> dict[str, int]:
        """How many runs there are of each phase."""
        with self._session.reading() as catalog:
            return catalog.phases()

    def find(self, prefix: str) -> str:
        """The whole id of a run, from the catalog alone.

        Args:
            prefix: its id, or as much of it as no other run shares.

        Raises:
            GrokphaseError: if no run or more than one begins so.
        """
        with self._session.reading() as catalog:
            return reading.find(catalog, prefix)

    def get(self, prefix: str) -> RunRecord:
        """One run with its curves and weights.

        Args:
            prefix: as for `find`.

        Raises:
            GrokphaseError: if no run or more than one begins so.
        """
        with self._session.reading():
            return self.records([self.find(prefix)], weights=True)[0]

    def records(
        self, ids: Iterable[str], *, weights: bool = False, curves: bool = True
    ) -> list[RunRecord]:
        """Runs by id.

        Args:
            ids: full ids.
            weights: load the weights too; otherwise they are None.
            curves: load the curves; otherwise there are none, which is much less to read.

        Returns:
            The runs, in the order of `ids`.

        Raises:
            GrokphaseError: if a run is not in the store, or its shard is damaged.
        """
        wanted = [*ids]
        with self._session.reading() as catalog:
            return self._session.sound(
                lambda: reading.load(self._layout, catalog, wanted, weights=weights, curves=curves)
            )

    def runs(
        self, limit: int = 20, phase: str | None = None, sweep: str | None = None
    ) -> list[dict[str, Any]]:
        """The newest runs first, from the catalog alone.

        Args:
            limit: how many at most.
            phase: only those of this phase.
            sweep: only those of this sweep.

        Returns:
            One dict a run: id, task, phase, seed, the event steps (None where censored), followed,
            steps_trained, seconds, finished.

        Raises:
            GrokphaseError: if the sweep is not in the store.
        """
        with self._session.reading() as catalog:
            if sweep is not None:
                self._refuse_unknown_sweep(catalog, sweep)
            return catalog.newest(limit, phase, sweep)

    def specs(self, ids: Iterable[str]) -> list[dict[str, Any]]:
        """What runs were: their specs alone, in the order of `ids`.

        Args:
            ids: full ids.

        Raises:
            GrokphaseError: if a run is not in the store, or its shard is damaged.
        """
        wanted = [*ids]
        with self._session.reading() as catalog:
            self._refuse_unknown_runs(catalog, wanted)
            return self._session.sound(lambda: reading.specs(self._layout, catalog, wanted))

    def query(self, sql: str, *, sweep: str | None = None) -> QueryResult:
        """The answer to an SQL statement that only reads.

        Args:
            sql: over the views `runs` (one row a run, flattened: "recipe.decoder.learning_rate",
                final_train_loss, ...), `curves` (id, step, train_loss, ...) and `arrays` (id,
                measure, step, entry, value). Names with dots stand in double quotes.
            sweep: a sweep, by its id; the views hold its runs alone.

        Returns:
            All rows.

        Raises:
            GrokphaseError: if the statement is refused, in one sentence, or the sweep is not in
                the store.

        Example:
            >>> import tempfile
            >>> with tempfile.TemporaryDirectory() as folder, Store.open(folder) as store:
            ...     store.query("SELECT count(*) AS runs FROM runs")
            runs
            0
            (1 row)
        """
        with self._session.reading() as catalog:
            runs = self._runs_of(catalog, sweep)
            return self._session.sound(lambda: querying.query(self._layout, catalog, sql, runs))

    def to_pandas(self, *, sweep: str | None = None) -> pandas.DataFrame:
        """All runs, or those of a sweep, as a pandas table: a row a run, as the view `runs`."""
        return self.query("SELECT * FROM runs", sweep=sweep).to_pandas()

    def to_polars(self, *, sweep: str | None = None) -> polars.DataFrame:
        """All runs, or those of a sweep, as a polars table: a row a run, as the view `runs`."""
        return self.query("SELECT * FROM runs", sweep=sweep).to_polars()

    def export(
        self,
        path: str | os.PathLike[str],
        sql: str | None = None,
        *,
        curves: bool = False,
        sweep: str | None = None,
    ) -> None:
        """Writes runs, their curves, or the answer to a query, as a table.

        Args:
            path: the file, ".parquet" or ".csv"; replaced as a whole, or left as it is.
            sql: as for `query`; all of `runs` by default.
            curves: all of `curves` instead: a row for each recorded step of each run, with its
                id, the step and every measure that is a number; arrays are in `arrays`.
            sweep: a sweep, by its id; only its runs.

        Raises:
            GrokphaseError: if the suffix is another, the statement is refused, the sweep is not in
                the store, both a statement and curves are asked for, or the file cannot be
                written; one of that name stays as it was.
        """
        if sql is not None and curves:
            raise GrokphaseError(
                "A statement says itself what is exported: leave out either it or curves, as in "
                '"SELECT * FROM curves".'
            )
        target = Path(os.path.abspath(path))
        statement = sql or f"SELECT * FROM {'curves' if curves else 'runs'}"
        with self._session.reading(f'"{path}" was not written') as catalog:
            runs = self._runs_of(catalog, sweep)
            self._session.sound(
                lambda: querying.export(self._layout, catalog, target, statement, runs)
            )

    def check(self) -> list[str]:
        """What is wrong with the store, a sentence each; reads every file, changes nothing.

        A reader may check beside a writer; it leaves out whether there are shards that the catalog
        does not list, since the writer may be about to, and the next one will.
        """
        with self._session.reading() as catalog:
            left_out = self.notes if self.read_only else []
            found = recovery.problems(self._layout, catalog, alone=not self.read_only)
            return list(dict.fromkeys([*left_out, *found]))

    # ---- writing

    def write(self, records: Sequence[RunRecord], sweep: str | None = None) -> None:
        """Stores finished runs, durable when it returns; a run that exists stays as it is.

        One that exists without weights gets those of its record, if it has some: at any moment the
        store holds the run either without or with them.

        Args:
            records: the runs.
            sweep: the sweep they belong to; those that existed are noted as its runs too.

        Raises:
            GrokphaseError: if the disk is full or refuses (nothing of `records` is written then),
                the sweep was not begun, or the shard of a run that gets its weights is damaged.
        """
        with self._session.writing(f"nothing of these {len(records)} runs was written") as catalog:
            if sweep is not None:
                self._refuse_unknown_sweep(catalog, sweep)
            self._session.sound(lambda: writing.write(self._layout, catalog, records, sweep))
        self._session.tidy(_SMALL_WHILE_OPEN)

    def remove(self, ids: Iterable[str]) -> None:
        """Removes runs; a later sweep computes them again.

        Args:
            ids: full ids.

        Raises:
            GrokphaseError: if a run is not in the store (nothing is removed then), or the disk
                refuses.
        """
        wanted = [*ids]
        with self._session.writing("some of these runs may not have been removed") as catalog:
            self._refuse_unknown_runs(catalog, wanted)
            self._session.sound(lambda: maintenance.remove(self._layout, catalog, wanted))

    def remove_sweep(self, id: str, *, shared: bool = False) -> tuple[list[str], list[str]]:
        """Removes the runs of a sweep; the sweep stays listed, and its command makes them again.

        Args:
            id: the sweep's id.
            shared: remove those too that other sweeps name.

        Returns:
            The ids of the runs that were removed, and of those that were kept for other sweeps.

        Raises:
            GrokphaseError: if the sweep is not in the store, or the disk refuses.
        """
        with self._session.writing("some of these runs may not have been removed") as catalog:
            self._refuse_unknown_sweep(catalog, id)
            members = catalog.sweeps.members(id)
            there = catalog.existing(members)
            others = set() if shared else catalog.sweeps.shared(id)
            removed = [run for run in members if run in there - others]
            self._session.sound(lambda: maintenance.remove(self._layout, catalog, removed))
            return removed, [run for run in members if run in there & others]

    def compact(self) -> None:
        """Puts small shards together, which makes queries faster; `close` does it when many.

        Raises:
            GrokphaseError: if the disk is full or refuses; nothing is lost then.
        """
        with self._session.writing("the shards stay as they were") as catalog:
            self._session.sound(lambda: maintenance.compact(self._layout, catalog))

    def rebuild(self) -> list[str]:
        """Makes the catalog anew from the shards; sets damaged shards aside.

        Returns:
            A sentence for each thing that was put right at a price.

        Raises:
            GrokphaseError: if the disk is full or refuses.
        """
        return self._session.rebuild()

    # ---- sweeps

    def begin_sweep(self, id: str, spec: dict[str, Any], command: str) -> None:
        """Notes that a sweep begins, or goes on; the time of its first beginning stays.

        Args:
            id: its id, letters, digits, "-" and "_".
            spec: JSON data that describes it.
            command: the line that runs it.

        Raises:
            GrokphaseError: if the id cannot be one, or the disk is full or refuses.
        """
        with self._session.writing(f'sweep "{id}" was not noted') as catalog:
            self._save_sweep(catalog, sweeps.begun(self._layout.sweeps, id, spec, command))

    def finish_sweep(self, id: str, runs: Iterable[str]) -> None:
        """Notes that a sweep is finished, and which runs it consists of.

        Args:
            id: its id.
            runs: ids of all its runs, those that existed before it too.

        Raises:
            GrokphaseError: if it was not begun, or the disk is full or refuses.
        """
        with self._session.writing(f'sweep "{id}" was not noted as finished') as catalog:
            self._refuse_unknown_sweep(catalog, id)
            sweep = sweeps.finished(self._layout.sweeps, id, runs)
            if sweep is not None:
                self._save_sweep(catalog, sweep)

    def sweeps(self) -> list[dict[str, Any]]:
        """Every sweep, newest first: id, spec, command, created, finished (or None), and the
        number of its runs that exist."""
        with self._session.reading() as catalog:
            return catalog.sweeps.all()

    # ---- checkpoints: one file a run, so threads need not wait for each other

    def save_checkpoint(self, run_id: str, payload: bytes) -> None:
        """Replaces the checkpoint of a run in flight, durable when it returns.

        Raises:
            GrokphaseError: if the disk is full or refuses; the old checkpoint stays.
        """
        self._session.refuse_reader()
        with storage_errors(self.path, f'the checkpoint of run "{run_id}" was not written'):
            self._checkpoints.save(run_id, payload)

    def load_checkpoint(self, run_id: str) -> bytes | None:
        """The checkpoint of a run in flight; None if there is none or it is damaged."""
        with storage_errors(self.path, f'the checkpoint of run "{run_id}" was not read'):
            return self._checkpoints.load(run_id)

    def in_flight(self, prefix: str) -> InFlight:
        """A run that is still being trained, as of its last checkpoint.

        Args:
            prefix: its id, or as much of it as no other run in flight shares.

        Raises:
            GrokphaseError: if no run in flight, or more than one, begins so, or its checkpoint
                cannot be looked into.
        """
        found = [run for run in self._checkpoints.runs() if run.startswith(prefix)]
        if len(found) != 1:
            count = "More than one run" if found else "No run"
            raise GrokphaseError(f'{count} that is being trained begins with "{prefix}".')
        payload = self.load_checkpoint(found[0])
        read = None if payload is None else in_flight.read(found[0], payload)
        if read is None:
            raise GrokphaseError(
                f'The checkpoint of run "{found[0]}" does not show its curves: it is damaged, or '
                "of an older version; wait for the next one."
            )
        return read

    def drop_checkpoint(self, run_id: str) -> None:
        """Removes the checkpoint of a run if there is one; `write` does not."""
        self._session.refuse_reader()
        self._checkpoints.drop(run_id)

    def _refuse_unknown_runs(self, catalog: Catalog, ids: Sequence[str]) -> None:
        if unknown := next(iter(set(ids) - catalog.existing(ids)), None):
            reading.find(catalog, unknown)
            raise GrokphaseError(f'No run "{unknown}" is in the store: give the whole id.')

    def _runs_of(self, catalog: Catalog, sweep: str | None) -> list[str] | None:
        """The ids of a sweep's runs; None, for all runs, if no sweep is asked for."""
        if sweep is None:
            return None
        self._refuse_unknown_sweep(catalog, sweep)
        return catalog.sweeps.members(sweep)

    def _refuse_unknown_sweep(self, catalog: Catalog, sweep: str) -> None:
        known = catalog.sweeps.times()
        if sweep not in known:
            there = f"there are {', '.join(sorted(known)[:8])}" if known else "there is none yet"
            raise GrokphaseError(
                f'No sweep "{sweep}" is in the store; {there}.{nearest(sweep, known)}'
            )

    def _save_sweep(self, catalog: Catalog, sweep: dict[str, Any]) -> None:
        modified = sweeps.save(self._layout.sweeps, sweep)
        with catalog.transaction():
            catalog.sweeps.put(sweep, modified)

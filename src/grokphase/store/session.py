"""One opening of a store: its lock, its catalog, and the rules every verb keeps."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from grokphase.errors import GrokphaseError
from grokphase.store import maintenance, reading, recovery
from grokphase.store.catalog import Catalog
from grokphase.store.files import storage_errors
from grokphase.store.layout import Layout, create, refuse_unless_writable
from grokphase.store.lock import WriterLock
from grokphase.store.shards import UnreadableShard

T = TypeVar("T")

_TRIES = 5


class Session:
    """A catalog and, for a writer, the lock, until `close`.

    Args:
        layout: the store's paths.
        lock: the writer's lock; None to read.

    Attributes:
        layout: the store's paths.
        notes: a sentence for each thing that was put right or is wrong, since opening.
    """

    def __init__(self, layout: Layout, lock: WriterLock | None) -> None:
        self.layout = layout
        self._lock = lock
        self._mutex = threading.RLock()
        open_catalog = reading.reader_catalog if lock is None else recovery.open_catalog
        self._catalog: Catalog | None
        self._catalog, self.notes = open_catalog(layout)

    @classmethod
    def to_write(cls, layout: Layout, wait: float) -> Session:
        """Takes the lock, creates what is missing, and puts right what a killed writer left.

        Raises:
            StoreLocked: if another writer holds the store for longer than `wait` seconds.
            GrokphaseError: if the path cannot be a store, or the disk refuses.
        """
        refuse_unless_writable(layout)
        with storage_errors(layout.root, "it was not opened"):
            layout.root.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(layout.lock, wait)
            try:
                # Another writer may have been here while this one waited.
                refuse_unless_writable(layout)
                create(layout)
                return cls(layout, lock)
            except BaseException:
                lock.release()
                raise

    @property
    def read_only(self) -> bool:
        """Whether writing is refused."""
        return self._lock is None

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._catalog is None

    def close(self) -> None:
        """Ends the catalog's connection and frees the store."""
        with self._mutex:
            if self._catalog is not None:
                self._catalog.close()
                self._catalog = None
            if self._lock is not None:
                self._lock.release()

    @contextlib.contextmanager
    def reading(self, doing: str = "nothing was read") -> Iterator[Catalog]:
        """The catalog, for one thread at a time, with errors of the disk as sentences.

        Args:
            doing: what did not happen, for the sentence.

        Raises:
            GrokphaseError: if the session is closed or the disk refuses.
        """
        with self._mutex, storage_errors(self.layout.root, doing):
            if self._catalog is None:
                raise GrokphaseError(f'The store "{self.layout.root}" is closed: open it again.')
            yield self._catalog

    @contextlib.contextmanager
    def writing(self, doing: str) -> Iterator[Catalog]:
        """As `reading`, for a change.

        Raises:
            GrokphaseError: if the session only reads, is closed, or the disk refuses.
        """
        self.refuse_reader()
        with self.reading(doing) as catalog:
            yield catalog

    def refuse_reader(self) -> None:
        """Refuses a change where the session only reads.

        Raises:
            GrokphaseError: if it does.
        """
        if self.read_only:
            raise GrokphaseError(
                f'The store "{self.layout.root}" is open for reading only: open it with '
                "read_only=False."
            )

    def sound(self, act: Callable[[], T]) -> T:
        """What `act` returns; where it meets a damaged shard, that is set aside.

        Args:
            act: reads shards; may run more than once.

        Raises:
            GrokphaseError: if a shard is damaged.
        """
        for _ in range(_TRIES):
            try:
                return act()
            except UnreadableShard as error:
                failure = error
                # Beside a reader, a writer may have replaced the shard: the catalog says by what.
                if not (self.read_only and error.missing):
                    break
        raise self._damaged(failure) from failure

    def rebuild(self) -> list[str]:
        """Makes the catalog anew; returns a sentence for each thing put right at a price."""
        with self.writing("the catalog was not made anew; open the store again") as catalog:
            self._catalog = None
            self._catalog, notes = recovery.rebuild(self.layout, catalog)
        self.notes += notes
        return notes

    def tidy(self, limit: int) -> None:
        """Puts small shards together if there are more than `limit`.

        The runs are safe already: whatever keeps the shards apart now, a full disk for one, can
        wait for the next time.
        """
        with contextlib.suppress(GrokphaseError), self.writing("not put together") as catalog:
            if maintenance.is_scattered(catalog, limit):
                self.sound(lambda: maintenance.compact(self.layout, catalog))

    def _damaged(self, error: UnreadableShard) -> GrokphaseError:
        root = self.layout.root
        if self.read_only:
            with self.reading() as catalog:
                wrong = recovery.problems(self.layout, catalog, alone=False)
            told = " ".join(wrong) or f"a shard cannot be read ({error})."
            return GrokphaseError(f'In the store "{root}": {told} {reading.REPAIR}')
        with self.reading() as catalog:
            notes = recovery.heal(self.layout, catalog, thorough=True)
        self.notes += notes
        told = " ".join(notes) or f"no shard is damaged, yet reading failed: {error}"
        return GrokphaseError(f'In the store "{root}": {told}')

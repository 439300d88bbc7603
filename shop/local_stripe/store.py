"""Objects by kind and id: read from memory, written through to sqlite when a file is given."""

import copy
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shop.local_stripe.errors import Json

Key = tuple[str, str]


class Store:
    """One writer at a time; what a transaction put is seen together or not at all, also after kill -9."""

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._kinds: dict[str, dict[str, Json]] = {}
        self._changes: dict[Key, Json | None] = {}
        self._file = _open(path) if path else None
        self._load()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything put inside, or nothing if an error leaves the block. Inner blocks join in."""
        with self._lock:
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._changes.clear()

    def get(self, kind: str, object_id: str) -> Json | None:
        """Return a copy of the object, free to change."""
        with self._lock:
            changed = self._changes.get((kind, object_id), ...)
            found = self._kinds.get(kind, {}).get(object_id) if changed is ... else changed
            return copy.deepcopy(found)

    def all(self, kind: str) -> list[Json]:
        """Return the objects of a kind, oldest first. They are not copies: read only."""
        with self._lock:
            objects = dict(self._kinds.get(kind, {}))
            for (changed_kind, object_id), value in self._changes.items():
                if changed_kind == kind and value is None:
                    objects.pop(object_id, None)
                elif changed_kind == kind and value is not None:
                    objects[object_id] = value
            return list(objects.values())

    def put(self, kind: str, value: Json) -> None:
        """Add or replace the object with this value's id."""
        self._change(kind, value["id"], copy.deepcopy(value))

    def delete(self, kind: str, object_id: str) -> None:
        """Forget the object."""
        self._change(kind, object_id, None)

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            for kind, objects in self._kinds.items():
                for object_id in objects:
                    self.delete(kind, object_id)

    def close(self) -> None:
        """Wait for the running transaction and close the file. The lock stays taken: no more writing."""
        self._lock.acquire()
        if self._file:
            self._file.close()

    def _change(self, kind: str, object_id: str, value: Json | None) -> None:
        with self.transaction():
            self._changes[kind, object_id] = value

    def _commit(self) -> None:
        if self._file:
            self._write(self._file)
        for (kind, object_id), value in self._changes.items():
            if value is None:
                self._kinds.get(kind, {}).pop(object_id, None)
            else:
                self._kinds.setdefault(kind, {})[object_id] = value

    def _write(self, file: sqlite3.Connection) -> None:
        if not self._changes:
            return
        with file:
            for (kind, object_id), value in self._changes.items():
                if value is None:
                    file.execute("DELETE FROM objects WHERE kind = ? AND id = ?", (kind, object_id))
                else:
                    # An update keeps its number, so that the order of creation survives.
                    file.execute(
                        "INSERT INTO objects (kind, id, body) VALUES (?, ?, ?) "
                        "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                        (kind, object_id, json.dumps(value)),
                    )

    def _load(self) -> None:
        if self._file:
            for kind, object_id, body in self._file.execute("SELECT kind, id, body FROM objects ORDER BY number"):
                self._kinds.setdefault(kind, {})[object_id] = json.loads(body)


def _open(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, check_same_thread=False)
    file.execute("PRAGMA journal_mode = WAL")
    # Written pages survive the death of the process; only a power cut could lose them.
    file.execute("PRAGMA synchronous = OFF")
    file.execute(
        "CREATE TABLE IF NOT EXISTS objects "
        "(number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, "
        "UNIQUE (kind, id))"
    )
    file.commit()
    return file

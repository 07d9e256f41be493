"""Secret keys in files of their own, which only the application may read: never in the database or its backups."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mobility.accounts.vault import KEY_BYTES, Vault

VAULT_FILE = "vault.json"


class KeyFolder:
    """A folder of key files. A file is made by the first who asks for it, and changed by one rename."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str, make: Callable[[], Any]) -> Any:
        """The JSON in a file; `make` makes it where there is none. Of several at once, one's is kept."""
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            written = self._write_aside(name, make())
            try:
                os.link(written, path)
            except FileExistsError:
                pass
            finally:
                written.unlink()
        return json.loads(path.read_text(encoding="ascii"))

    def write(self, name: str, content: Any) -> None:
        """Put JSON in the place of a file's."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._write_aside(name, content).replace(self._folder / name)

    def stamp(self, name: str) -> int:
        """Changes whenever the file does; 0: there is none."""
        try:
            found = (self._folder / name).stat()
        except FileNotFoundError:
            return 0
        return hash((found.st_mtime_ns, found.st_ino))

    def _write_aside(self, name: str, content: Any) -> Path:
        handle, path = tempfile.mkstemp(dir=self._folder, prefix=f".{name}-")  # readable by the owner alone
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        return Path(path)


def open_vault(keys: KeyFolder) -> Vault:
    """The vault of a folder of keys; a key is made for a new one."""
    return Vault(*(bytes.fromhex(key) for key in keys.read(VAULT_FILE, lambda: [_new_key()])))


def add_vault_key(keys: KeyFolder) -> None:
    """From now on a new key seals; those before still open."""
    keys.write(VAULT_FILE, [*keys.read(VAULT_FILE, lambda: [_new_key()]), _new_key()])


def _new_key() -> str:
    return secrets.token_bytes(KEY_BYTES).hex()

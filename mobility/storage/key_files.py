"""Secret keys in files of their own, which only the application may read: never in the database or its backups."""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mobility.accounts.access_tokens import SigningKey, list_valid_keys, new_signing_key
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

    def load() -> list[bytes]:
        return [bytes.fromhex(key) for key in keys.read(VAULT_FILE, lambda: [_new_key()])]

    return Vault(*load(), reload=load)


def add_vault_key(keys: KeyFolder) -> None:
    """From now on a new key seals; those before still open."""
    keys.write(VAULT_FILE, [*keys.read(VAULT_FILE, lambda: [_new_key()]), _new_key()])


TOKENS_FILE = "tokens.json"


class TokenKeys:
    """The keys that sign access tokens, read anew when their file changes: `load` fills
    `mobility.accounts.access_tokens.AccessTokens`."""

    def __init__(self, keys: KeyFolder, now: Callable[[], dt.datetime]) -> None:
        self._files, self._now = keys, now
        self._stamp, self._loaded = 0, list[SigningKey]()

    def load(self) -> list[SigningKey]:
        """The keys, the oldest first."""
        stamp = self._files.stamp(TOKENS_FILE)
        if not self._loaded or stamp != self._stamp:
            read = self._files.read(TOKENS_FILE, lambda: [_written(new_signing_key(self._now()))])
            self._loaded = [
                SigningKey(key["id"], dt.datetime.fromisoformat(key["made_at"]), bytes.fromhex(key["seed"]))
                for key in read
            ]
            self._stamp = self._files.stamp(TOKENS_FILE)
        return self._loaded

    def rotate(self, drop_old: bool = False) -> SigningKey:
        """Sign with a new key from now on. The tokens of the old ones count until they expire; with `drop_old`, for a
        key that got into wrong hands, no longer."""
        now = self._now()
        old = [] if drop_old else list_valid_keys(self.load(), now)
        key = new_signing_key(now)
        self._files.write(TOKENS_FILE, [_written(each) for each in [*old, key]])
        return key


def _written(key: SigningKey) -> dict[str, str]:
    return {"id": key.id, "made_at": key.made_at.isoformat(), "seed": key.seed.hex()}


def _new_key() -> str:
    return secrets.token_bytes(KEY_BYTES).hex()

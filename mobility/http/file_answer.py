"""A file as an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import StreamingResponse

BLOCK_BYTES = 1 << 16


def file_answer(name: str, media_type: str, write: Callable[[Path], object]) -> StreamingResponse:
    """A file that is written first, so that what is wrong is answered as such, then sent in pieces and forgotten."""
    folder = TemporaryDirectory(prefix="mobility-file-")
    path = Path(folder.name) / name
    try:
        write(path)
        size = path.stat().st_size
    except BaseException:
        folder.cleanup()
        raise

    def pieces() -> Iterator[bytes]:
        with folder, path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield block

    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(pieces(), media_type=media_type, headers=headers)

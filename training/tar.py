"""A folder of plain files as a tar, a piece at a time: nothing is built in memory or on the disk."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

PIECE = 1 << 20
BLOCK = 512
END = b"\0" * 2 * BLOCK


def size_of_tar(folder: Path) -> int:
    """In bytes, for Content-Length: a header a file, and its content in whole blocks."""
    sizes = [one.stat().st_size for one in _files(folder)]
    return sum(BLOCK + -(-size // BLOCK) * BLOCK for size in sizes) + len(END)


def tar_of(folder: Path) -> Iterator[bytes]:
    """The files right inside `folder`, by name, owned by nobody."""
    for path in _files(folder):
        about = path.stat()
        header = tarfile.TarInfo(path.name)
        header.size, header.mtime, header.mode = about.st_size, int(about.st_mtime), 0o644
        yield header.tobuf(tarfile.USTAR_FORMAT)
        with open(path, "rb") as file:
            while piece := file.read(PIECE):
                yield piece
        yield b"\0" * (-about.st_size % BLOCK)
    yield END


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_file() and not one.is_symlink())

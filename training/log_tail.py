"""The log of an attempt, from its file, in chunks that a database row and a page can take."""

from pathlib import Path
from typing import NamedTuple

from training.handlers.clean import clean

CHUNK = 8 * 1024
MOST_AT_ONCE = 8 * CHUNK
"""A process that prints more than this between two looks has its middle skipped, and that is said."""


class Tail(NamedTuple):
    """What is new in a log: (offset in bytes, text) a chunk, and where to read on."""

    chunks: list[tuple[int, str]]
    offset: int


class LogTail:
    """Reads log.txt after `offset`, which moves on once its reader has stored what it read;
    `write` appends a line of ours to the same file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = 0

    def write(self, message: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "ab") as file:
            file.write(message.encode(errors="replace") + b"\n")

    def read(self) -> Tail:
        """Each chunk has at most CHUNK bytes, and whole characters only."""
        try:
            with open(self.path, "rb") as file:
                size = file.seek(0, 2)
                skipped = max(0, size - MOST_AT_ONCE - self.offset)
                offset = file.seek(self.offset + skipped)
                new = file.read(MOST_AT_ONCE)
        except FileNotFoundError:
            return Tail([], self.offset)
        chunks = []
        while piece := _whole(new[:CHUNK], last=len(new) <= CHUNK):
            text = clean(piece.decode(errors="replace"))
            if skipped:
                text, skipped = f"[{skipped} bytes skipped]\n{text}", 0
            chunks.append((offset, text))
            offset += len(piece)
            new = new[len(piece) :]
        return Tail(chunks, offset)


def _whole(piece: bytes, *, last: bool) -> bytes:
    """Without the first bytes of a character whose rest is yet to come; at a line's end if there
    is more to follow."""
    if not last and b"\n" in piece:
        return piece[: piece.rfind(b"\n") + 1]
    for back in range(1, min(4, len(piece) + 1)):
        byte = piece[-back]
        if byte >= 0xC0:  # the lead byte of a character of 2, 3 or 4
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return piece[:-back] if length > back else piece
        if byte < 0x80:
            break
    return piece

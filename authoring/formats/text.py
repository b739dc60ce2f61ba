"""From an uploaded file to characters: unzipped, its encoding found, never more than a limit.

UTF-8 with or without a byte order mark, GB18030 (which holds GBK and GB2312), and UTF-16 where a mark
says so. A file that is neither is read as UTF-8 with its broken bytes kept as lone surrogates: the
rows that hold them are reported and the others stay importable.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from authoring.formats.problems import BadFile

if TYPE_CHECKING:
    from collections.abc import Iterator

Opener = Callable[[], IO[bytes]]
"""Opens the uploaded file from its beginning."""

CHUNK = 1 << 20
UNPACKED_LIMIT = 1 << 30
"""Bytes; a small archive may hold a very large file."""
LIKELY_CHINESE = 0.7
"""Share of the characters beyond ASCII that GB2312 must know before bytes pass as GB18030: nearly any
bytes decode as GB18030, so that decoding alone proves nothing."""


class Encoding(NamedTuple):
    codec: str
    """For Python: utf-8-sig, gb18030 or utf-16."""
    name: str
    """For people."""


UTF_8 = Encoding("utf-8-sig", "UTF-8")
GB18030 = Encoding("gb18030", "GB18030")
UTF_16 = Encoding("utf-16", "UTF-16")


def find_encoding(opener: Opener) -> Encoding:
    """The encoding of a whole file. Raises BadFile for an empty, binary, damaged or too large one."""
    utf_8 = codecs.getincrementaldecoder("utf-8")()
    gb18030: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("gb18030")()
    is_utf_8, sample, size = True, b"", 0
    with unpacked(opener) as file:
        while chunk := _read(file):
            if not size and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return UTF_16
            if not size and b"\0" in chunk[:8192]:
                raise BadFile("binary")
            size += len(chunk)
            if size > UNPACKED_LIMIT:
                raise BadFile("too_large_unpacked", limit=UNPACKED_LIMIT >> 20)
            sample = sample or chunk
            is_utf_8 = is_utf_8 and _decodes(utf_8, chunk)
            if gb18030 and not _decodes(gb18030, chunk):
                gb18030 = None
    if not size:
        raise BadFile("empty_file")
    if is_utf_8 and _decodes(utf_8, b"", final=True):
        return UTF_8
    return GB18030 if gb18030 and _looks_chinese(sample) else UTF_8


@contextmanager
def characters(opener: Opener, encoding: Encoding) -> "Iterator[io.TextIOWrapper]":
    """The file's characters, line ends as they are."""
    with (
        unpacked(opener) as file,
        io.TextIOWrapper(
            file, encoding=encoding.codec, errors="surrogateescape", newline=""
        ) as text,
    ):
        yield text


@contextmanager
def unpacked(opener: Opener) -> "Iterator[IO[bytes]]":
    """The file's bytes, unzipped where it is gzip by its first two bytes, whatever its name."""
    try:
        raw = opener()
    except FileNotFoundError as error:
        raise BadFile("file_missing") from error
    with raw:
        magic = raw.read(2)
        raw.seek(0)
        if magic != b"\x1f\x8b":
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as file:
            yield file


def _read(file: IO[bytes]) -> bytes:
    try:
        return file.read(CHUNK)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadFile("not_gzip", why=str(error)) from error


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _looks_chinese(sample: bytes) -> bool:
    """Whether bytes that are not all UTF-8 are GB18030, rather than UTF-8 with a few broken bytes."""
    as_utf_8 = [one for one in sample.decode("utf-8", "surrogateescape") if ord(one) > 127]
    broken = sum("\ud800" <= one <= "\udfff" for one in as_utf_8)
    foreign = [one for one in sample.decode("gb18030", "ignore") if ord(one) > 127]
    known = len("".join(foreign).encode("gb2312", "ignore")) / 2
    return broken > len(as_utf_8) - broken and known >= LIKELY_CHINESE * len(foreign)

"""Compiles locale/*.po with Babel, so that no gettext binaries are needed."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogues(folder: Path) -> list[Path]:
    """Write each .mo that is older than its .po; the files written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with open(source, "rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        with open(target, "wb") as binary:
            write_mo(binary, catalogue)
        written.append(target)
    return written

"""Where a directory comes from: a folder, a zip, or a single file. Members are read as streams, and never unpacked."""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, TextIO

from server.hsds.entries import UnreadableDirectoryError, kind_of

CSV = (".csv",)
JSON = (".json", ".jsonl", ".ndjson")
MAX_BYTES = 4 * 1024**3
MAX_MEMBERS = 20_000
_CHUNK = 1024**2
_UNDECODED = re.compile("[\udc80-\udcff]+")
_DECODED = re.compile("[^\x00-\x7f\udc80-\udcff]+")


class Member(NamedTuple):
    """A file of the directory."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


class Source:
    """The files of a directory, and how far they have been read."""

    def __init__(self, path: Path) -> None:
        self._archive: zipfile.ZipFile | None = None
        members = self._members(path)
        tables = [member for member in members if member.name.lower().endswith(CSV) and kind_of(member.name)]
        # A tabular directory often carries its description beside it, as datapackage.json.
        self.members = tables or [member for member in members if member.name.lower().endswith(JSON)]
        self.size = sum(member.size for member in self.members)
        self._before = 0
        self._open: IO[bytes] | None = None
        if not self.members:
            raise UnreadableDirectoryError(
                f"{path} holds none of the files of an HSDS directory (organizations.csv, …)."
            )
        kinds = [kind_of(member.name) for member in tables]
        for member, kind in zip(tables, kinds, strict=True):
            if kinds.count(kind) > 1:
                raise UnreadableDirectoryError(f"{path} holds more than one table like {member.name}.")

    def close(self) -> None:
        """Close the zip."""
        if self._archive:
            self._archive.close()

    @property
    def position(self) -> int:
        """How many bytes of `size` have been read."""
        return self._before + (self._open.tell() if self._open else 0)

    @contextmanager
    def text(self, member: Member) -> Iterator[TextIO]:
        """A member as text, whatever its encoding; a byte that cannot be decoded is a lone surrogate in it."""
        try:
            with member.open() as raw, io.TextIOWrapper(raw, _encoding(member), "surrogateescape", newline="") as text:
                self._open = raw
                yield text
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UnreadableDirectoryError(f"{member.name} cannot be read: {error}.") from error
        finally:
            self._open = None
            self._before += member.size

    def _members(self, path: Path) -> list[Member]:
        try:
            if path.is_dir():
                return [_file(entry) for entry in sorted(path.iterdir()) if entry.is_file() and entry.name[0] != "."]
            if zipfile.is_zipfile(path):
                self._archive = zipfile.ZipFile(path)
                return _zipped(self._archive)
            if path.name.lower().endswith(CSV + JSON):
                return [_file(path)]
        except (OSError, zipfile.BadZipFile) as error:
            raise UnreadableDirectoryError(f"{path} cannot be read: {error}.") from error
        if not path.exists():
            raise UnreadableDirectoryError(f"There is no {path}.")
        raise UnreadableDirectoryError(f"{path} is neither a folder nor a zip, CSV or JSON file.")


def _file(path: Path) -> Member:
    return Member(path.name, path.stat().st_size, lambda: path.open("rb"))


def _zipped(archive: zipfile.ZipFile) -> list[Member]:
    found = [info for info in archive.infolist() if info.filename.lower().endswith(CSV + JSON)]
    found = [info for info in found if not info.filename.startswith("__MACOSX/") and "/." not in f"/{info.filename}"]
    # A stream of a member ends at the size that is declared for it, so the declared sizes are the ones to judge.
    if len(found) > MAX_MEMBERS or sum(info.file_size for info in found) > MAX_BYTES:
        raise UnreadableDirectoryError(
            f"{archive.filename} would unpack to more than {MAX_BYTES >> 30} GB or {MAX_MEMBERS:,} files."
        )
    for info in found:
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableDirectoryError(f"{info.filename} is encrypted, or compressed in a way that is not read.")

    def member(info: zipfile.ZipInfo) -> Member:
        return Member(info.filename, info.file_size, lambda: archive.open(info))

    return [member(info) for info in sorted(found, key=lambda info: info.filename)]


def _encoding(member: Member) -> str:
    """UTF-8, unless more of it is wrong than right: then it is what Windows writes."""
    decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
    right = wrong = 0
    with member.open() as raw:
        if raw.read(3) == codecs.BOM_UTF8:
            return "utf-8-sig"
        raw.seek(0)
        while chunk := raw.read(_CHUNK):
            text = decode(chunk)
            if not text.isascii():
                wrong += len(_UNDECODED.findall(text))
                right += len(_DECODED.findall(text))
    return "utf-8-sig" if right >= wrong else "cp1252"

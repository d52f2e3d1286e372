"""Tab-separated files as GLUE's download lays them out: quotes are text, BOM and CRLF are tolerated."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from layersweep.data.rows import DataError


@dataclass(frozen=True, slots=True)
class TsvLine:
    """The fields of one line and where it stands (1-based, header counted)."""

    path: Path
    number: int
    fields: list[str]

    def error(self, message: str) -> DataError:
        """An error at this line."""
        return DataError(f"{self.path}, line {self.number}: {message}")


def read_table(
    path: Path, columns: tuple[str, ...], width: int | None, short_rows: int = 0
) -> Iterator[tuple[TsvLine, tuple[str, ...]]]:
    """The named columns of each line, found by the header; or, with `width`, by number in a file without header.

    Up to `short_rows` lines with too few fields are left out. DataError where the file is missing or empty, a column is
    not there, or a line has another number of fields.
    """
    lines = _lines(path)
    first = next(lines, None)
    if first is None:
        raise DataError(f"{path} is empty")
    if width is None:
        missing = [column for column in columns if column not in first.fields]
        if missing:
            raise first.error(f"the header has no column {missing[0]!r}; found {', '.join(first.fields)}")
        indices = [first.fields.index(column) for column in columns]
        width = len(first.fields)
    else:
        indices = [int(column) for column in columns]
        lines = _with_first(first, lines)
    count = 0
    for line in lines:
        count += 1
        if len(line.fields) == width:
            yield line, tuple(line.fields[index] for index in indices)
        elif len(line.fields) < width and short_rows > 0:
            short_rows -= 1
        else:
            shown = "\t".join(line.fields)
            shown = repr(shown if len(shown) <= 60 else shown[:57] + "...")
            raise line.error(f"expected {width} tab-separated fields, found {len(line.fields)}: {shown}")
    if count == 0:
        raise DataError(f"{path} has a header and no rows")


def _with_first(first: TsvLine, rest: Iterator[TsvLine]) -> Iterator[TsvLine]:
    yield first
    yield from rest


def _lines(path: Path) -> Iterator[TsvLine]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                text = _decode(line, path, number)
                yield TsvLine(path, number, text.removesuffix("\n").removesuffix("\r").split("\t"))
    except FileNotFoundError:
        raise DataError(f"{path} is missing: the directory is not in GLUE's layout, or is half-written") from None
    except (IsADirectoryError, PermissionError) as error:
        raise DataError(f"{path} can't be read: {error.strerror}") from None


def _decode(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        found = f"byte 0x{line[error.start]:02x} at position {error.start + 1}"
        raise DataError(f"{path}, line {number}: expected UTF-8 text, found {found}") from None

"""A labelled example, and the error for data that is not as expected."""

from dataclasses import dataclass


class DataError(ValueError):
    """Data that a user can mend: the file, the line, what was found, what was expected."""


@dataclass(frozen=True, slots=True)
class Row:
    """One example: its id within the task, one or two sentences, a class id or a score."""

    id: str
    first: str
    second: str | None
    label: float

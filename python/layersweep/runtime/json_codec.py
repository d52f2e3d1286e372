"""Strict reading of parsed JSON, and writing of dataclasses as JSON; what the generated wire is made of.

Every reader takes a value and its path (`$.config.task.name`) and raises WireError, naming that path, for anything but
what it is asked for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from typing import TypeVar

T = TypeVar("T", bound=str | int)


class WireError(ValueError):
    """A document that is not what the wire says: path, what was expected, what was found."""

    def __init__(self, path: str, expected: str, found: object) -> None:
        super().__init__(f"{path}: expected {expected}, got {_shown(found)}")


def fields(value: object, path: str, names: tuple[str, ...]) -> dict[str, object]:
    """The fields of an object that has these and no others."""
    found = _object(value, path)
    unknown = [name for name in found if name not in names]
    if unknown:
        raise WireError(f"{path}.{unknown[0]}", f"no such field (known: {', '.join(names)})", found[unknown[0]])
    missing = [name for name in names if name not in found]
    if missing:
        raise WireError(f"{path}.{missing[0]}", "a value", "nothing")
    return found


def tag(value: object, path: str, name: str, options: tuple[str, ...]) -> str:
    """The field that tells the members of a union apart."""
    return choice(_object(value, path).get(name), f"{path}.{name}", options)


def string(value: object, path: str, *, pattern: str | None = None) -> str:
    """A string, matching `pattern` where there is one."""
    if not isinstance(value, str):
        raise WireError(path, "a string", value)
    if pattern is not None and re.search(pattern, value) is None:
        raise WireError(path, f"a string that matches {pattern}", value)
    return value


def integer(value: object, path: str, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """A whole number within its limits; 3.0 is one, as in JavaScript."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise WireError(path, "an integer", value)
    _check_range(value, path, minimum, maximum)
    return int(value)


def number(
    value: object,
    path: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    above: float | None = None,
) -> float:
    """A finite number within its limits, as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) == float("inf") or value != value:
        raise WireError(path, "a number", value)
    _check_range(value, path, minimum, maximum)
    if above is not None and value <= above:
        raise WireError(path, f"a number above {above}", value)
    return float(value)


def boolean(value: object, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise WireError(path, "true or false", value)
    return value


def constant(value: object, path: str, expected: T) -> T:
    """The one value that is allowed."""
    return choice(value, path, (expected,))


def choice(value: object, path: str, options: tuple[T, ...]) -> T:
    """One of the values that are allowed."""
    for option in options:
        if value == option and not isinstance(value, bool):
            return option
    raise WireError(path, " or ".join(repr(option) for option in options), value)


def items(value: object, path: str, *, minimum: int = 0) -> Iterator[tuple[object, str]]:
    """Each item of an array with its path."""
    if not isinstance(value, list):
        raise WireError(path, "an array", value)
    if len(value) < minimum:
        raise WireError(path, f"at least {minimum} items", value)
    return ((item, f"{path}[{index}]") for index, item in enumerate(value))


def entries(value: object, path: str) -> Iterator[tuple[str, object, str]]:
    """Each entry of an object used as a map: name, value, path."""
    return ((name, entry, f"{path}.{name}") for name, entry in _object(value, path).items())


def encode(value: object) -> object:
    """JSON of a wire dataclass: camelCase names, tuples as arrays; keys of maps stay as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel(field.name): encode(getattr(value, field.name)) for field in dataclass_fields(value)}
    if isinstance(value, Mapping):
        return {str(name): encode(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


def camel(name: str) -> str:
    """`max_length` → `maxLength`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise WireError(path, "an object", value)
    return value


def _check_range(value: float, path: str, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        raise WireError(path, f"at least {minimum}", value)
    if maximum is not None and value > maximum:
        raise WireError(path, f"at most {maximum}", value)


def _shown(found: object) -> str:
    text = found if found == "nothing" else repr(found)
    return text if len(text) <= 80 else f"{text[:77]}..."

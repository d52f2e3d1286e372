"""Checkpoints of a stage: the newest whole one is found again, whatever happened while the next was written."""

import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from layersweep.runtime.failures import bad_request
from layersweep.runtime.files import sync_directory

SCHEMA_VERSION = 1
STATE_FILE = "state.pt"


class Checkpoints:
    """The checkpoint folder of a stage: `state.pt`, and files that states refer to by name (the best model so far)."""

    def __init__(self, directory: Path, key: str, warn: Callable[[str], None]) -> None:
        self.directory = directory
        self.key = key
        self.warn = warn

    def load(self) -> dict[str, Any] | None:
        """The last state, on the CPU; None where none is there whole. StageError where it is another stage's."""
        path = self.directory / STATE_FILE
        if not path.exists() or not self.is_whole(STATE_FILE):
            return None
        document = torch.load(path, map_location="cpu", weights_only=True)
        if document["schemaVersion"] != SCHEMA_VERSION or document["key"] != self.key:
            raise bad_request(
                f"{path} is a checkpoint of {document['key']}, not of {self.key}: remove {self.directory} to start over"
            )
        if document["torch"] != torch.__version__:
            self.warn(
                f"The checkpoint was written by torch {document['torch']}, this is {torch.__version__}: it goes on, "
                "but not to the bits that one version alone would have given"
            )
        state: dict[str, Any] = document["state"]
        return state

    def is_whole(self, name: str) -> bool:
        """Whether a file is as it was written, by the checksums in it, which torch does not look at; says where not."""
        path = self.directory / name
        try:
            with zipfile.ZipFile(path) as archive:
                wrong = archive.testzip()
        except (OSError, EOFError, RuntimeError, ValueError, struct.error, zipfile.BadZipFile) as error:
            wrong = str(error)
        if wrong is not None:
            self.warn(f"The checkpoint {path} is damaged ({wrong}): the stage starts over")
        return wrong is None

    def save(self, state: dict[str, Any]) -> None:
        """Replace the last state. Where that fails (a full disk), the last one stays as it was."""
        document = {"schemaVersion": SCHEMA_VERSION, "key": self.key, "torch": str(torch.__version__), "state": state}
        self.write(STATE_FILE, document)

    def write(self, name: str, document: object) -> None:
        """Write one file, whole or not at all."""
        self.directory.mkdir(parents=True, exist_ok=True)
        temporary = self.directory / f".{name}.{os.getpid()}"
        try:
            with temporary.open("wb") as file:
                torch.save(document, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.directory / name)
        finally:
            temporary.unlink(missing_ok=True)
        sync_directory(self.directory)

    def read(self, name: str) -> Any:
        """A file that a state refers to, on the CPU."""
        return torch.load(self.directory / name, map_location="cpu", weights_only=True)

    def keep_only(self, names: tuple[str, ...]) -> None:
        """Remove every file but the state and these, left over from earlier states or attempts."""
        if not self.directory.exists():
            return
        for path in self.directory.iterdir():
            if path.name not in (STATE_FILE, *names):
                path.unlink()

    def remove(self) -> None:
        """Remove the folder, once the stage's result is written."""
        self.keep_only(())
        (self.directory / STATE_FILE).unlink(missing_ok=True)
        if self.directory.exists():
            self.directory.rmdir()

"""Learning curves as TensorBoard event files."""

from collections.abc import Mapping
from pathlib import Path


class Curves:
    """Scalars of a stage in its `tensorboard` folder; a resumed stage goes on from `first_step`."""

    def __init__(self, stage_dir: Path, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(stage_dir / "tensorboard"), purge_step=first_step or None)

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """One point of each curve."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()

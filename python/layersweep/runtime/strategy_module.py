"""Loading of an emitted strategy module by path, after its hash was compared."""

import hashlib
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from layersweep.generated import wire
from layersweep.runtime.failures import bad_request


class LayerLossOutput(Protocol):
    """What a module returns: loss [], weights and distances [k, S] (NaN where not computed), scores for attention."""

    loss: Tensor
    drawn_layers: tuple[int, ...]
    weights_kS: Tensor
    distances_kS: Tensor
    scores_kS: Tensor | None
    realigned: bool


@dataclass(frozen=True, kw_only=True)
class StrategyModule:
    """A loaded module; inputs and state are dataclasses of its own."""

    name: str
    sha256: str
    specification: Any
    needs: tuple[str, ...]
    module: Any

    @property
    def is_published(self) -> bool:
        """Whether it transcribes published code, failures included."""
        return bool(self.specification["kind"] == "published")

    @property
    def initial_state(self) -> Any:
        """State before the first step."""
        return self.module.INITIAL_STATE

    def state(self, fields: Sequence[Any]) -> Any:
        """The state of these fields, as a checkpoint has them."""
        return self.module.LayerLossState(*fields)

    def layer_loss(self, state: Any, **inputs: Any) -> tuple[LayerLossOutput, Any]:
        """The layer loss of one step, and the state for the next."""
        function: Callable[..., tuple[LayerLossOutput, Any]] = self.module.layer_loss
        return function(self.module.LayerLossInputs(**inputs), state)

    def is_non_finite_error(self, error: Exception) -> bool:
        """Whether the module raised it because states were not finite."""
        kind = getattr(self.module, "NonFiniteError", None)
        return kind is not None and isinstance(error, kind)


def load_strategy_module(strategy: wire.StrategyModule) -> StrategyModule:
    """Import the file of a request's strategy. StageError where it is missing or another one."""
    path = Path(strategy.file)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise bad_request(f"The module of {strategy.name} can't be read: {path}: {error.strerror}") from None
    found = hashlib.sha256(source).hexdigest()
    if found != strategy.sha256:
        raise bad_request(
            f"{path} has hash {found[:12]}…, the request asks for {strategy.sha256[:12]}…: it was changed after the "
            "sweep was planned. Run `npm run generate`, or plan again"
        )
    name = f"layersweep_strategy_{found[:16]}"
    spec = importlib.util.spec_from_loader(name, loader=None, origin=str(path))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(compile(source, str(path), "exec"), module.__dict__)  # the bytes that were hashed, not the file again
    return StrategyModule(
        name=strategy.name,
        sha256=found,
        specification=json.loads(module.STRATEGY),
        needs=tuple(module.NEEDS),
        module=module,
    )

"""The layer loss that a request's strategy names."""

import json
from pathlib import Path

from layersweep.generated import wire
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.choices import ChoiceRecorder
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import bad_request, requested
from layersweep.runtime.process import RESULT_FILE
from layersweep.runtime.strategy_module import StrategyModule, load_strategy_module
from layersweep.stages.layer_distillation import LayerDistillation, Records

PROBE_FOLDER = "probes"


def layer_distillation(
    context: StageContext,
    strategy: wire.Strategy,
    transformation: LayerTransformation,
    seed: int,
    probe_every_steps: int | None,
    *,
    records: bool = True,
) -> LayerDistillation | None:
    """The emitted module with its state, or None for the baselines without layer loss."""
    if isinstance(strategy, wire.StrategyNone):
        return None
    module = load_strategy_module(strategy)
    kept = None
    if records:
        kept = Records(
            recorder=ChoiceRecorder(context.stage_dir, context.events),
            probe_dir=context.stage_dir / PROBE_FOLDER,
            probe_every_steps=probe_every_steps,
        )
    importance = None
    if "layer-importance" in module.needs:
        importance = _measured(module, context.input_dir("importance"))
    return LayerDistillation(module, transformation, context.numerics, seed, importance, kept)


def _measured(module: StrategyModule, stage_dir: Path) -> tuple[float, ...]:
    """The teacher layers' importance as an importance stage left it. StageError where it took another measure."""
    path = stage_dir / RESULT_FILE
    wanted = module.specification["selection"]["importance"]
    with requested():
        result = wire.read_result(json.loads(path.read_text(encoding="utf-8")))
    if not isinstance(result, wire.ResultImportance) or result.measure != wanted:
        raise bad_request(f"{path} does not hold the layers' importance by {wanted}, which {module.name} selects by")
    return result.importance

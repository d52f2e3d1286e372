"""The layer loss that a request's strategy names."""

from collections.abc import Callable

from layersweep.generated import wire
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.choices import ChoiceRecorder
from layersweep.runtime.context import StageContext
from layersweep.runtime.strategy_module import load_strategy_module
from layersweep.stages.layer_distillation import LayerDistillation, Records

PROBE_FOLDER = "probes"


def layer_distillation(
    context: StageContext,
    strategy: wire.Strategy,
    transformation: LayerTransformation,
    seed: int,
    probe_every_steps: int | None,
    importance: Callable[[str], list[float]],
    *,
    records: bool = True,
) -> LayerDistillation | None:
    """The emitted module with its state, or None for the baselines without layer loss.

    `importance` gives the teacher layers' importance by the measure that the strategy names, where it needs it.
    """
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
    measured = None
    if "layer-importance" in module.needs:
        measured = importance(module.specification["selection"]["importance"])
    return LayerDistillation(module, transformation, context.numerics, seed, measured, kept)

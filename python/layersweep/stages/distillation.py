"""Both distillation losses of one forward pass of the student, against the teacher's outputs on the same batch."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from layersweep.data.tokens import Batch
from layersweep.generated import wire
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.ops import ClassifierOutput
from layersweep.runtime.numerics import Numerics
from layersweep.stages.layer_distillation import LayerDistillation, LayerGates
from layersweep.stages.losses import prediction_loss


class Distillation:
    """Weighted prediction and layer loss; labels are not used, as in CoFi.

    The teacher is taken over: it gets no gradients, and autocast's narrower types once instead of at every step.
    """

    def __init__(
        self,
        teacher: MaskedClassifier,
        weights: wire.Distillation,
        strategy: wire.Strategy,
        layers: LayerDistillation | None,
        numerics: Numerics,
        *,
        regression: bool,
    ) -> None:
        self.teacher = _frozen(teacher, numerics.autocast_dtype)
        self.weights = weights
        self.prediction_weight = _prediction_weight(weights, strategy)
        self.layers = layers
        self.numerics = numerics
        self.regression = regression

    def losses(
        self,
        student: Callable[[Batch], ClassifierOutput],
        batch: Batch,
        gates: LayerGates,
        *,
        step: int,
        epoch: int,
        is_first: bool,
    ) -> dict[str, Tensor]:
        """`prediction` and `layer` [] unweighted, and `distillation`, their weighted sum."""
        with self.numerics.autocast():
            with torch.no_grad():
                taught = self.teacher(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT)
            learnt = student(batch)
        predicted = prediction_loss(
            learnt.logits_BC.to(self.numerics.loss_dtype),
            taught.logits_BC.to(self.numerics.loss_dtype),
            self.weights.temperature,
            regression=self.regression,
        )
        found = {"prediction": predicted, "distillation": self.prediction_weight * predicted}
        if self.layers is not None:
            found["layer"] = self.layers.loss(
                taught.hidden_states[1:],
                learnt.hidden_states[1:],
                batch.attention_mask_BT,
                gates,
                step=step,
                epoch=epoch,
                is_first=is_first,
            )
            found["distillation"] = found["distillation"] + self.weights.layer_weight * found["layer"]
        return found


def _frozen(teacher: MaskedClassifier, autocast_dtype: torch.dtype | None) -> MaskedClassifier:
    """In evaluation; its linear maps in the type to which autocast would bring them anyway."""
    teacher.eval().requires_grad_(requires_grad=False)
    for module in teacher.modules():
        if isinstance(module, nn.Linear):
            module.to(autocast_dtype)
    return teacher


def _prediction_weight(weights: wire.Distillation, strategy: wire.Strategy) -> float:
    """`none-rescaled` gives the whole weight to the prediction; `none` leaves it as it is."""
    if isinstance(strategy, wire.StrategyNone) and strategy.rescale_prediction:
        return 1.0
    return weights.prediction_weight

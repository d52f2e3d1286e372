/** The data classes of docs/generated-module.md, the same in every module. */
export const contract = `@dataclass(frozen=True)
class LayerLossInputs:
    """What the layer loss of one step reads (N teacher and S student layers)."""

    teacher_states: Sequence[Tensor]  # N tensors [B, T, H]
    student_states: Sequence[Tensor]  # S tensors [B, T, H_student]
    transform: Callable[[Tensor], Tensor]  # [B, T, H_student] -> [B, T, H]
    head_layer_z: Optional[Tensor]  # [S], or None: no such gate (yet)
    mlp_z: Optional[Tensor]  # [S], likewise
    step: int  # optimizer steps done before this one
    seed: int = 0  # of the layer draws
    attention_mask: Optional[Tensor] = None  # [B, T]
    epoch: Optional[int] = None
    expected_layers: Optional[float] = None
    layer_importance: Optional[Sequence[float]] = None
    drawn_layers: Optional[Sequence[int]] = None  # taken instead of a draw
    all_distances: bool = False  # also of candidates that need none to be ruled out


@dataclass(frozen=True)
class LayerLossState:
    """What one step leaves for the next; goes into checkpoints."""

    drawn_layers: Tuple[int, ...]
    redraw_index: int  # -1: nothing drawn yet
    aligned_step: int  # step of the kept alignment
    weights_kS: Optional[Tensor]  # kept alignment, detached; None: none yet


INITIAL_STATE = LayerLossState((), -1, -1, None)


@dataclass(frozen=True)
class LayerLossOutput:
    """The loss of one step and how it came about."""

    loss: Tensor  # [] with gradient
    drawn_layers: Tuple[int, ...]
    weights_kS: Tensor  # [k, S], detached
    distances_kS: Tensor  # [k, S], detached; NaN where not computed
    scores_kS: Optional[Tensor]  # [k, S], attention alignments only, detached
    realigned: bool`;

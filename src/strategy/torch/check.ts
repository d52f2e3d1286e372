/**
 * `_survivors`: the checks of a step and its one wait for the device. `keeps`: also read the kept alignment.
 * `late`: on the host states are checked after the loss, by `_check_finite`, where it does not vouch for them.
 */
export const emitCheck = (keeps: boolean, late: boolean) => `${signature(keeps)}
    """The student layers that may be matched${keeps ? ", and the kept alignment's pairs" : ''}. The step's one wait for the device."""
    layers = len(inputs.student_states)
    for layer in drawn_layers:
        if not 0 <= layer < len(inputs.teacher_states):
            raise InputError(
                f"step {inputs.step}: teacher layer {layer} is selected, expected one of {len(inputs.teacher_states)}"
            )
    for name, gate in (("head_layer_z", inputs.head_layer_z), ("mlp_z", inputs.mlp_z)):
        if gate is not None and gate.shape != (layers,):
            raise InputError(
                f"step {inputs.step}: {name} has shape {tuple(gate.shape)}, "
                f"expected one gate for each of {layers} student layers"
            )
    states = ${late ? '[] if _on_host(inputs.student_states[0]) else ' : ''}_named_states(inputs, drawn_layers, range(layers))
    flags = ${late ? '[_have_finite_sums(states)] if states else []' : '[_have_finite_sums(states)]'}
${
  keeps
    ? `    if kept_kS is not None:
        flags.append((kept_kS != 0).flatten())
`
    : ''
}    read = torch.cat([_may_match_S(inputs), *flags]).tolist()
    _refuse_non_finite(inputs, states, read[layers:])
${
  keeps
    ? `    weighty = read[layers + len(states) :]
    kept_pairs = [divmod(index, layers) for index, weight in enumerate(weighty) if weight]
    return [layer for layer in range(layers) if read[layer]], kept_pairs`
    : '    return [layer for layer in range(layers) if read[layer]]'
}


def _named_states(
    inputs: LayerLossInputs, drawn_layers: Tuple[int, ...], layers: Iterable[int]
) -> List[Tuple[str, Tensor]]:
    states = [(f"teacher layer {layer}", inputs.teacher_states[layer]) for layer in drawn_layers]
    return states + [(f"student layer {layer}", inputs.student_states[layer]) for layer in layers]


def _have_finite_sums(states: List[Tuple[str, Tensor]]) -> Tensor:
    return torch.isfinite(torch.stack([state.detach().sum(dtype=torch.float32) for _, state in states]))


def _refuse_non_finite(inputs: LayerLossInputs, states: List[Tuple[str, Tensor]], finite_sums: List[bool]) -> None:
    for (name, state), finite_sum in zip(states, finite_sums):
        if not finite_sum and not bool(torch.isfinite(state).all()):
            raise NonFiniteError(f"step {inputs.step}: {name} has NaN or infinite states")${late ? checkFinite : ''}`;

const signature = (keeps: boolean) =>
  keeps
    ? `def _survivors(
    inputs: LayerLossInputs, drawn_layers: Tuple[int, ...], kept_kS: Optional[Tensor]
) -> Tuple[List[int], List[Tuple[int, int]]]:`
    : 'def _survivors(inputs: LayerLossInputs, drawn_layers: Tuple[int, ...]) -> List[int]:';

const checkFinite = `


def _check_finite(
    inputs: LayerLossInputs, drawn_layers: Tuple[int, ...], layers: List[int], weights_kS: Tensor, total: Tensor
) -> None:
    """On a CPU, of the selected and these student layers' states; a finite total vouches for those in it."""
    if not _on_host(total):
        return
    if torch.isfinite(total):
        matched = [*weights_kS.any(1).tolist(), *weights_kS[:, layers].any(0).tolist()]
        named = zip(_named_states(inputs, drawn_layers, layers), matched)
        states = [state for state, vouched in named if not vouched]
    else:
        states = _named_states(inputs, drawn_layers, range(len(inputs.student_states)))
    if states:
        _refuse_non_finite(inputs, states, _have_finite_sums(states).tolist())`;

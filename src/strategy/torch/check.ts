/**
 * `_survivors`: the checks of a step and its one wait for the device. `keeps`: also read the kept alignment.
 * `late`: on the host states are checked after the loss, by `_check_finite`, where it does not vouch for them.
 */
export const emitCheck = (keeps: boolean, late: boolean) => `def _survivors(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
${keeps ? '    kept_kS: Optional[Tensor],\n' : ''}) -> ${keeps ? 'Tuple[List[int], List[Tuple[int, int]]]' : 'List[int]'}:
    """The student layers that may be matched${keeps ? ", and the kept alignment's pairs" : ''}. The step's one wait for the device."""
    for layer in drawn_layers:
        if not 0 <= layer < len(inputs.teacher_states):
            raise InputError(
                f"step {inputs.step}: teacher layer {layer} is selected, expected one of {len(inputs.teacher_states)}"
            )
    states = ${late ? '[] if _on_host(inputs.student_states[0]) else ' : ''}_named_states(inputs, drawn_layers)
${
  late
    ? `    flags = [_may_match_S(inputs)]
    if states:
        flags.insert(0, _have_finite_sums(states))`
    : '    flags = [_have_finite_sums(states), _may_match_S(inputs)]'
}
${
  keeps
    ? `    if kept_kS is not None:
        flags.append((kept_kS != 0).flatten())
`
    : ''
}    read = torch.cat(flags).tolist()
    for (name, state), finite in zip(states, read):
        if not finite and not bool(torch.isfinite(state).all()):
            raise NonFiniteError(f"step {inputs.step}: {name} has NaN or infinite states")
    layers = len(inputs.student_states)
    matchable = read[len(states) : len(states) + layers]
${
  keeps
    ? `    weighty = read[len(states) + layers :]
    kept_pairs = [divmod(index, layers) for index, weight in enumerate(weighty) if weight]
    return [layer for layer in range(layers) if matchable[layer]], kept_pairs`
    : '    return [layer for layer in range(layers) if matchable[layer]]'
}


def _named_states(inputs: LayerLossInputs, drawn_layers: Tuple[int, ...]) -> List[Tuple[str, Tensor]]:
    states = [(f"teacher layer {layer}", inputs.teacher_states[layer]) for layer in drawn_layers]
    return states + [(f"student layer {layer}", state) for layer, state in enumerate(inputs.student_states)]


def _have_finite_sums(states: List[Tuple[str, Tensor]]) -> Tensor:
    return torch.isfinite(torch.stack([state.detach().sum(dtype=torch.float32) for _, state in states]))${late ? checkFinite : ''}`;

const checkFinite = `


def _check_finite(inputs: LayerLossInputs, drawn_layers: Tuple[int, ...], weights_kS: Tensor, total: Tensor) -> None:
    """On a CPU, of all states but those in a finite total, which are finite."""
    if not _on_host(total):
        return
    matched = [*weights_kS.any(1).tolist(), *weights_kS.any(0).tolist()]
    vouched = bool(torch.isfinite(total))
    states = [named for named, known in zip(_named_states(inputs, drawn_layers), matched) if not (known and vouched)]
    for (name, state), finite in zip(states, _have_finite_sums(states).tolist() if states else []):
        if not finite and not bool(torch.isfinite(state).all()):
            raise NonFiniteError(f"step {inputs.step}: {name} has NaN or infinite states")`;

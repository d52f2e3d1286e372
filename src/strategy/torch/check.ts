/** `_survivors`: the checks of a step and its one wait for the device. `keeps`: also read the kept alignment. */
export const emitCheck = (keeps: boolean) => `def _survivors(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
${keeps ? '    kept_kS: Optional[Tensor],\n' : ''}) -> ${keeps ? 'Tuple[List[int], List[Tuple[int, int]]]' : 'List[int]'}:
    """The student layers that may be matched${keeps ? ", and the kept alignment's pairs" : ''}. The step's one wait for the device."""
    for layer in drawn_layers:
        if not 0 <= layer < len(inputs.teacher_states):
            raise InputError(
                f"step {inputs.step}: teacher layer {layer} is selected, expected one of {len(inputs.teacher_states)}"
            )
    states = [(f"teacher layer {layer}", inputs.teacher_states[layer]) for layer in drawn_layers]
    states += [(f"student layer {layer}", state) for layer, state in enumerate(inputs.student_states)]
    sums = torch.stack([state.detach().sum(dtype=torch.float32) for _, state in states])
    flags = [torch.isfinite(sums), _may_match_S(inputs)]
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
}`;

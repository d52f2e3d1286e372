/** Functions that some modules share, each included where it is called; callers before what they call. */
const helpers: ReadonlyMap<string, string> = new Map([
  [
    '_chosen_distances',
    `def _chosen_distances(
    inputs: LayerLossInputs,
    teacher: List[Tensor],
    alive: List[int],
    candidates: Dict[int, Tensor],
    columns_k: Tensor,
    matched_k: Tensor,
) -> Tensor:
    """Each row's distance to its survivor with gradient, 0 where it has none, [k].

    A CPU tensor is read without waiting, and the candidates chosen have their graph. Elsewhere the
    chosen states are gathered on the device and transformed again.
    """
    if _on_host(columns_k):
        unmatched = torch.zeros_like(teacher[0][0, 0, 0])
        rows = zip(teacher, columns_k.tolist(), matched_k.tolist())
        return torch.stack([_distance(inputs, t, candidates[c]) if found else unmatched for t, c, found in rows])
    return _gathered_distances(inputs, teacher, alive, columns_k, matched_k)`,
  ],
  [
    '_gathered_distances',
    `def _gathered_distances(
    inputs: LayerLossInputs, teacher: List[Tensor], alive: List[int], columns_k: Tensor, matched_k: Tensor
) -> Tensor:
    """Each row's distance to its survivor with gradient, 0 where it has none, [k]; gathered on the device."""
    states_kBTH = torch.stack([inputs.student_states[layer] for layer in alive]).index_select(0, columns_k)
    chosen = zip(teacher, states_kBTH.unbind())
    distances_k = torch.stack([_distance(inputs, t, _wide(inputs.transform(s))) for t, s in chosen])
    return torch.where(matched_k, distances_k, torch.zeros_like(distances_k))`,
  ],
  [
    '_nearest',
    `def _nearest(
    inputs: LayerLossInputs,
    t_BTH: Tensor,
    layers: List[int],
    whole: Dict[int, Tensor],
    begun: Dict[int, Tensor],
    distances_S: Tensor,
) -> Tuple[int, Tensor]:
    """The nearest of these student layers, the lowest on ties, and its distance with gradient; the likeliest first."""
    nearest, least, nearest_distance = -1, math.inf, t_BTH.new_zeros(())
    size = _size(inputs, t_BTH) if len(layers) > 1 else 0.0
    for layer in layers:
        # Transformed in parts, states x may move by u·|x|, u < 0.01 (bfloat16: 2^-7), so that by the triangle
        # inequality √parts <= √whole + u·(size + √whole): parts beyond this limit are of a whole beyond the least.
        limit = 1.01 * math.sqrt(max(least, 0.0)) + 0.01 * size
        if nearest >= 0 and _is_farther(inputs, t_BTH, layer, limit * limit, whole, begun):
            continue
        if layer not in whole:
            whole[layer] = _transformed(inputs, layer)
        distance = _distance(inputs, t_BTH, whole[layer])
        distances_S[layer] = value = float(distance.detach())
        if nearest < 0 or value < least or (value == least and layer < nearest):
            nearest, least, nearest_distance = layer, value, distance
    return nearest, nearest_distance`,
  ],
  [
    '_is_farther',
    `def _is_farther(
    inputs: LayerLossInputs,
    t_BTH: Tensor,
    layer: int,
    limit: float,
    whole: Dict[int, Tensor],
    begun: Dict[int, Tensor],
) -> bool:
    """Whether the first sequences of the batch alone put a student layer beyond the limit."""
    sequences = len(t_BTH)
    start, end, reached = 0, -(-sequences // PARTS), 0.0
    with torch.no_grad():
        while True:
            x_BTH = whole[layer] if layer in whole else _first(inputs, layer, end, begun)
            reached += float(_share(inputs, t_BTH, x_BTH[start:end], start, end))
            if reached > limit:
                return True
            # As many as would do if the others were like these; where that is most of the batch, all is measured.
            if not 1.02 * limit * end < 0.9 * sequences * reached:
                return False
            start, end = end, max(end + 1, math.ceil(1.02 * limit * end / reached))


def _first(inputs: LayerLossInputs, layer: int, count: int, begun: Dict[int, Tensor]) -> Tensor:
    """At least so many first sequences of a student layer, transformed, each once."""
    done = len(begun[layer]) if layer in begun else 0
    if done < count:
        added_BTH = _transformed(inputs, layer, done, count)
        begun[layer] = torch.cat([begun[layer], added_BTH]) if done else added_BTH
    return begun[layer]`,
  ],
  [
    '_candidates',
    `def _candidates(inputs: LayerLossInputs, alive: List[int], columns: Iterable[int]) -> Dict[int, Tensor]:
    """The transformed states of these survivors; with gradient only where the chosen ones are reused."""
    reused = _on_host(inputs.student_states[0])
    with torch.set_grad_enabled(reused and torch.is_grad_enabled()):
        return {column: _transformed(inputs, alive[column]) for column in columns}`,
  ],
  [
    '_measure',
    `def _measure(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
    pairs: List[Tuple[int, int]],
    weights_kS: Tensor,
) -> Tuple[Tensor, Tensor]:
    """The total weighted distance of the pairs with gradient, and the distances [k, S]."""
    if not pairs:
        total, _, distances_kS = _nothing_matched(inputs, drawn_layers)
        return total, distances_kS
    transformed = {layer: _transformed(inputs, layer) for layer in sorted({layer for _, layer in pairs})}
    total = torch.zeros_like(weights_kS[0, 0])
    distances_kS = torch.full_like(weights_kS, math.nan)
    for row, layer in pairs:
        teacher_BTH = _wide(inputs.teacher_states[drawn_layers[row]])
        distance = _distance(inputs, teacher_BTH, transformed[layer])
        total = total + weights_kS[row, layer] * distance
        distances_kS[row, layer] = distance.detach()
    return total, distances_kS`,
  ],
  [
    '_distances',
    `def _distances(inputs: LayerLossInputs, teacher: List[Tensor], candidates: List[Tensor]) -> Tensor:
    """All distances [k, A]."""
    rows = [torch.stack([_distance(inputs, t_BTH, x_BTH) for x_BTH in candidates]) for t_BTH in teacher]
    return torch.stack(rows)`,
  ],
  [
    '_weighted',
    `def _weighted(weights_kA: Tensor, distances_kA: Tensor) -> Tensor:
    """The sum of W·D over the pairs of non-zero weight."""
    return torch.where(weights_kA != 0, weights_kA * distances_kA, torch.zeros_like(distances_kA)).sum()`,
  ],
  [
    '_transformed',
    `def _transformed(inputs: LayerLossInputs, layer: int, start: int = 0, end: Optional[int] = None) -> Tensor:
    """A student layer's states in the teacher's space, [B, T, H], or those of some sequences."""
    states_BTH = inputs.student_states[layer]
    x_BTH = _wide(inputs.transform(states_BTH if end is None else states_BTH[start:end]))
    shape, expected = states_BTH.shape[:1] + x_BTH.shape[1:], inputs.teacher_states[0].shape
    if shape != expected:
        raise InputError(
            f"step {inputs.step}: student layer {layer} has shape {tuple(shape)} when transformed, "
            f"expected the teacher's {tuple(expected)}"
        )
    return x_BTH`,
  ],
  [
    '_check_depths',
    `def _check_depths(inputs: LayerLossInputs) -> None:
    teacher_layers, student_layers = len(inputs.teacher_states), len(inputs.student_states)
    if teacher_layers != student_layers:
        raise InputError(
            f"step {inputs.step}: {teacher_layers} teacher and {student_layers} student layers, expected equal depths"
        )`,
  ],
  [
    '_nothing_matched',
    `def _nothing_matched(inputs: LayerLossInputs, drawn_layers: Tuple[int, ...]) -> Tuple[Tensor, Tensor, Tensor]:
    """A total of 0 with zero gradients, no weights, no distances."""
    total = _wide(inputs.transform(inputs.student_states[0][:1, :1])).sum() * 0.0
    shape = (len(drawn_layers), len(inputs.student_states))
    return total, total.detach().new_zeros(shape), total.detach().new_full(shape, math.nan)`,
  ],
  [
    '_spread',
    `def _spread(inputs: LayerLossInputs, alive: List[int], values_kA: Tensor, fill: float) -> Tensor:
    """The survivors' columns at their layers, [k, S]."""
    column_of = {layer: column for column, layer in enumerate(alive)}
    empty_k = torch.full_like(values_kA[:, 0], fill)
    layers = range(len(inputs.student_states))
    return torch.stack([values_kA[:, column_of[j]] if j in column_of else empty_k for j in layers], dim=1)`,
  ],
  [
    '_pair_count',
    `def _pair_count(weights_kS: Tensor) -> Tensor:
    """The total weight; 1 where nothing is matched."""
    count = weights_kS.sum()
    return torch.where(count > 0, count, torch.ones_like(count))`,
  ],
  [
    '_wide',
    `def _wide(x: Tensor) -> Tensor:
    """Float32 for narrower types; float64 stays."""
    return x.float() if x.dtype in (torch.float16, torch.bfloat16) else x`,
  ],
  [
    '_on_host',
    `def _on_host(x: Tensor) -> bool:
    return x.device.type == "cpu"`,
  ],
  [
    '_given',
    `def _given(inputs: LayerLossInputs, name: str, value: Optional[Given]) -> Given:
    if value is None:
        raise InputError(f"step {inputs.step}: {name} is not given, this strategy needs it")
    return value`,
  ],
]);

/** The code with the helpers that it calls, directly or through another one, behind it. */
export function withHelpers(code: string): string {
  let complete = code;
  for (const [name, helper] of helpers) {
    if (complete.includes(`${name}(`)) complete += `\n\n\n${helper}`;
  }
  return complete;
}

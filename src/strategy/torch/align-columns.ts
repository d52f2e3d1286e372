import { alignSignature, type EmittedAlignment, searchHead } from './align-signature.ts';

export function emitMonotone(repeats: boolean): EmittedAlignment {
  return {
    doc: `${repeats ? 'never descending' : 'strictly ascending'}, of least total distance`,
    code: `${search}


def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    """Each row's survivor, and whether it has one; chosen on the device."""
${
  repeats
    ? `    columns_k = _monotone(distances_kA, 0)
    return columns_k, torch.ones_like(columns_k, dtype=torch.bool)`
    : `    k, survivors = distances_kA.shape
    if k <= survivors:
        columns_k = _monotone(distances_kA, -1)
        return columns_k, torch.ones_like(columns_k, dtype=torch.bool)
    rows_A = _monotone(distances_kA.t(), -1)
    matches_kA = torch.arange(k, device=rows_A.device).unsqueeze(1) == rows_A
    return matches_kA.to(torch.uint8).argmax(1), matches_kA.any(1)`
}


def _monotone(costs_RC: Tensor, offset: int) -> Tensor:
    """The column of each row, of least total cost, each at least -offset further than the row before."""
    columns = costs_RC.shape[1]
    too_late_CC = costs_RC.new_ones((columns, columns)).tril(offset) == 0
    least_C = costs_RC[0]
    previous: List[Tensor] = []
    for costs_C in costs_RC[1:].unbind():
        before_CC = least_C.expand(columns, columns).masked_fill(too_late_CC, math.inf)
        previous.append(before_CC.argmin(1))
        least_C = costs_C + before_CC.gather(1, previous[-1].unsqueeze(1)).squeeze(1)
    chosen = [least_C.argmin().view(1)]
    for previous_C in reversed(previous):
        chosen.append(previous_C.gather(0, chosen[-1]))
    return torch.cat(chosen[::-1])`,
  };
}

export function emitNearestSurviving(): EmittedAlignment {
  return {
    doc: `that of the same index; where it is gone, the nearer of the next ones below and above`,
    code: `${alignSignature()}
    _check_depths(inputs)
    if not alive:
        return _nothing_matched(inputs, drawn_layers)
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
    below = [max([c for c, layer in enumerate(alive) if layer <= drawn], default=0) for drawn in drawn_layers]
    above = [min(c + (alive[c] < drawn), len(alive) - 1) for c, drawn in zip(below, drawn_layers)]
    candidates = _candidates(inputs, alive, sorted({*below, *above}))
    with torch.no_grad():
        distances_kA = teacher[0].new_full((len(teacher), len(alive)), math.nan)
        columns = []
        for row, (low, high) in enumerate(zip(below, above)):
            column = torch.full((), low, device=teacher[row].device)
            if low != high:
                for option in (low, high):
                    distances_kA[row, option] = _distance(inputs, teacher[row], candidates[option])
                column = torch.where(distances_kA[row, high] < distances_kA[row, low], column + (high - low), column)
            columns.append(column)
        columns_k = torch.stack(columns)
        weights_kA = torch.zeros_like(distances_kA).scatter_(1, columns_k.unsqueeze(1), 1.0)
    every_row_k = torch.ones_like(columns_k, dtype=torch.bool)
    chosen_k = _chosen_distances(inputs, teacher, alive, candidates, columns_k, every_row_k)
    distances_kA.scatter_(1, columns_k.unsqueeze(1), chosen_k.detach().unsqueeze(1))
    return chosen_k.sum(), _spread(inputs, alive, weights_kA, 0.0), _spread(inputs, alive, distances_kA, math.nan)`,
  };
}

export function emitOneToOne(): EmittedAlignment {
  return {
    doc: 'an assignment of least total distance (solved on the host: a second wait)',
    code: `${alignSignature()}
    if not alive:
        return _nothing_matched(inputs, drawn_layers)
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
    candidates = [_transformed(inputs, layer) for layer in alive]
    with torch.no_grad():
        distances_kA = _distances(inputs, teacher, candidates)
        weights_kA = torch.zeros_like(distances_kA)
    total = torch.zeros_like(weights_kA[0, 0])
    for row, column in _assign(distances_kA.tolist()):
        weights_kA[row, column] = 1.0
        total = total + _distance(inputs, teacher[row], candidates[column])
    return total, _spread(inputs, alive, weights_kA, 0.0), _spread(inputs, alive, distances_kA, math.nan)


def _assign(costs: List[List[float]]) -> List[Tuple[int, int]]:
    """Pairs of row and column of least total cost, as many as there are of the fewer (Kuhn 1955, with potentials)."""
    if len(costs) > len(costs[0]):
        return sorted((row, column) for column, row in _assign([list(column) for column in zip(*costs)]))
    columns = range(len(costs[0]))
    row_potentials, potentials = [0.0 for _ in costs], [0.0 for _ in columns]
    row_of: Dict[int, int] = {}
    for row in range(len(costs)):
        reach = [math.inf for _ in columns]
        came_from: Dict[int, Optional[int]] = {}
        tree: List[int] = []
        column: Optional[int] = None
        while column is None or column in row_of:
            at = row if column is None else row_of[column]
            for c in columns:
                slack = costs[at][c] - row_potentials[at] - potentials[c]
                if c not in tree and slack < reach[c]:
                    reach[c], came_from[c] = slack, column
            column = min((c for c in columns if c not in tree), key=lambda c: reach[c])
            step = reach[column]
            row_potentials[row] += step
            for c in columns:
                if c in tree:
                    row_potentials[row_of[c]] += step
                    potentials[c] -= step
                else:
                    reach[c] -= step
            tree.append(column)
        while True:
            before = came_from[column]
            if before is None:
                row_of[column] = row
                break
            row_of[column] = row_of[before]
            column = before
    return sorted((row, column) for column, row in row_of.items())`,
  };
}

/** An alignment that searches all distances and chooses one survivor a row, by `_columns`. */
const search = `${searchHead}    candidates = _candidates(inputs, alive, range(len(alive)))
    with torch.no_grad():
        distances_kA = _distances(inputs, teacher, list(candidates.values()))
        columns_k, matched_k = _columns(distances_kA)
        matched_k1 = matched_k.to(distances_kA.dtype).unsqueeze(1)
        weights_kA = torch.zeros_like(distances_kA).scatter_(1, columns_k.unsqueeze(1), matched_k1)
    total = _chosen_distances(inputs, teacher, alive, candidates, columns_k, matched_k).sum()
    return total, _spread(inputs, alive, weights_kA, 0.0), _spread(inputs, alive, distances_kA, math.nan)`;

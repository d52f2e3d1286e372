import type { Alignment } from '../specification/alignment.ts';
import { type EmittedAlignment, searchHead } from './align-signature.ts';

type Greedy = Extract<Alignment, { kind: 'ordered-greedy' }>;

export function emitNearest(): EmittedAlignment {
  return {
    doc: 'the nearest one',
    code: `${searchOrRace}


${race(
  `    for row in range(len(teacher)):
        candidates = sorted(alive, key=lambda layer: abs(layer - drawn_layers[row]))`,
  'layer',
)}


def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    """Each row's survivor, and whether it has one."""
    columns_k = distances_kA.argmin(1)
    return columns_k, torch.ones_like(columns_k, dtype=torch.bool)`,
  };
}

export function emitGreedy(from: Greedy['from'], fallback: Greedy['fallback']): EmittedAlignment {
  const top = from === 'top';
  const order = top ? '[::-1]' : '';
  return {
    doc: `from the ${from}, the nearest one ${top ? 'below' : 'above'} the last match; without one left,
${fallback === 'drop' ? 'unmatched' : 'the last match again'}`,
    code: `${searchOrRace}


${race(greedyRows(from, fallback), 'last')}


def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    """Each row's survivor, and whether it has one; chosen on the device."""
    survivors = distances_kA.shape[1]
    order_A = torch.arange(survivors, device=distances_kA.device)
    last = torch.full_like(order_A[0], ${top ? 'survivors' : '-1'})
    columns, matched = [], []
    for distances_A in ${top ? 'reversed(distances_kA.unbind())' : 'distances_kA.unbind()'}:
        left = ${top ? 'last > 0' : 'last < survivors - 1'}
        taken_A = order_A ${top ? '>=' : '<='} last
        last = torch.where(left, distances_A.masked_fill(taken_A, math.inf).argmin(), last)
        columns.append(last)
        matched.append(${fallback === 'drop' ? 'left' : 'torch.ones_like(left)'})
    return torch.stack(columns${order}), torch.stack(matched${order})`,
  };
}

const greedyRows = (from: Greedy['from'], fallback: Greedy['fallback']) => {
  const top = from === 'top';
  const beyond = `[layer for layer in alive if layer ${top ? '<' : '>'} last]`;
  return `    last = ${top ? 'len(inputs.student_states)' : '-1'}
    for row in ${top ? 'reversed(range(len(teacher)))' : 'range(len(teacher))'}:
        candidates = ${fallback === 'repeat' ? `${beyond} or [last]` : beyond}${fallback === 'drop' ? '\n        if not candidates:\n            break' : ''}
        candidates.sort(key=lambda layer: abs(layer - drawn_layers[row]))`;
};

/** On the host, where looking at a distance costs no wait: what cannot be chosen is left out. */
const race = (rows: string, matched: string) => `def _race(
    inputs: LayerLossInputs, drawn_layers: Tuple[int, ...], teacher: List[Tensor], alive: List[int]
) -> Tuple[Tensor, Tensor, Tensor]:
    """As _align, on a CPU: a layer is left as soon as part of the batch puts it farther than another."""
    weights_kS = teacher[0].new_zeros((len(teacher), len(inputs.student_states)))
    distances_kS = torch.full_like(weights_kS, math.nan)
    chosen = [torch.zeros_like(weights_kS[0, 0]) for _ in teacher]
    likely = {min(alive, key=lambda layer: abs(layer - drawn)) for drawn in drawn_layers}
    whole = {layer: _transformed(inputs, layer) for layer in sorted(likely)}
    begun: Dict[int, Tensor] = {}
${rows}
        ${matched}, chosen[row] = _nearest(inputs, teacher[row], candidates, whole, begun, distances_kS[row])
        weights_kS[row, ${matched}] = 1.0
    if inputs.all_distances:
        with torch.no_grad():
            distances_kA = _distances(inputs, teacher, [_transformed(inputs, layer) for layer in alive])
            distances_kS = _spread(inputs, alive, distances_kA, math.nan)
    return torch.stack(chosen).sum(), weights_kS, distances_kS`;

/** An alignment that needs the least distance of each row only. */
const searchOrRace = `${searchHead}    if _on_host(teacher[0]):
        return _race(inputs, drawn_layers, teacher, alive)
    with torch.no_grad():
        distances_kA = _distances(inputs, teacher, [_transformed(inputs, layer) for layer in alive])
        columns_k, matched_k = _columns(distances_kA)
        matched_k1 = matched_k.to(distances_kA.dtype).unsqueeze(1)
        weights_kA = torch.zeros_like(distances_kA).scatter_(1, columns_k.unsqueeze(1), matched_k1)
    total = _gathered_distances(inputs, teacher, alive, columns_k, matched_k).sum()
    return total, _spread(inputs, alive, weights_kA, 0.0), _spread(inputs, alive, distances_kA, math.nan)`;

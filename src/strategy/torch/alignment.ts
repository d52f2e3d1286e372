import type { Alignment } from '../specification/alignment.ts';
import { UnsupportedStrategyError } from './errors.ts';
import { monotoneCode } from './solvers.ts';

/**
 * How an alignment is written in Python. Its route says what is known when:
 * pairs:   `_pairs(inputs, drawn_layers, alive)` gives the (row, student layer) pairs on the host, without distances;
 * columns: `_columns(distances_kA)` gives each row's column of the survivors, and whether it is matched, on the device;
 * rows:    `_rows(distances_kA)` gives each survivor's row, on the device;
 * weights: `_weights(…)` gives soft weights [k, A].
 */
export type EmittedAlignment = {
  readonly route: 'pairs' | 'columns' | 'rows' | 'weights';
  readonly doc: string;
  readonly code: string;
};

export function emitAlignment(alignment: Alignment): EmittedAlignment {
  switch (alignment.kind) {
    case 'identity':
      return pairs('the student layer of the same index.', '(row, layer) for row, layer in enumerate(drawn_layers) if layer in alive', true);
    case 'reverse':
      return pairs(
        'the student layer as far from the top as it is from the bottom (a control).',
        '(row, top - layer) for row, layer in enumerate(drawn_layers) if top - layer in alive',
        true,
      );
    case 'all-to-one':
      return pairs('the topmost student layer that may be matched (a control).', '(row, alive[-1]) for row in range(len(drawn_layers))', false);
    case 'nearest':
      return {
        route: 'columns',
        doc: 'the nearest student layer.',
        code: `def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    columns_k = distances_kA.argmin(1)
    return columns_k, torch.ones_like(columns_k, dtype=torch.bool)`,
      };
    case 'ordered-greedy':
      return greedy(alignment);
    case 'monotone':
      return { route: 'columns', doc: monotoneDoc(alignment.repeats), code: monotoneCode(alignment.repeats) };
    case 'student-to-teacher':
      return {
        route: 'rows',
        doc: 'every student layer that may be matched goes to the nearest of them.',
        code: `def _rows(distances_kA: Tensor) -> Tensor:
    return distances_kA.argmin(0)`,
      };
    case 'one-to-one':
    case 'nearest-surviving':
    case 'attention':
    case 'sinkhorn':
      throw new UnsupportedStrategyError(`The alignment \`${alignment.kind}\` is not emitted yet`);
    default:
      alignment satisfies never;
      throw new TypeError('unreachable alignment');
  }
}

function pairs(doc: string, comprehension: string, sameDepth: boolean): EmittedAlignment {
  return {
    route: 'pairs',
    doc,
    code: `def _pairs(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
    alive: List[int],
) -> List[Tuple[int, int]]:
${sameDepth ? depthsMatch : ''}    return [${comprehension}]`,
  };
}

const depthsMatch = `    if len(inputs.teacher_states) != len(inputs.student_states):
        raise InputError(
            f"step {inputs.step}: {len(inputs.teacher_states)} teacher and "
            f"{len(inputs.student_states)} student layers, expected equal depths"
        )
`;

function greedy({ from, fallback }: Extract<Alignment, { kind: 'ordered-greedy' }>): EmittedAlignment {
  const top = from === 'top';
  const rows = top ? 'reversed(distances_kA.unbind())' : 'distances_kA.unbind()';
  const order = top ? '[::-1]' : '';
  return {
    route: 'columns',
    doc: `from the ${from}, the nearest student layer ${top ? 'below' : 'above'} the last match;
${fallback === 'drop' ? 'unmatched' : 'the last match again'} where there is none left.`,
    code: `def _columns(distances_kA: Tensor) -> Tuple[Tensor, Tensor]:
    survivors = distances_kA.shape[1]
    order_A = torch.arange(survivors, device=distances_kA.device)
    last = torch.full_like(order_A[0], ${top ? 'survivors' : '-1'})
    columns, matched = [], []
    for distances_A in ${rows}:
        left = ${top ? 'last > 0' : 'last < survivors - 1'}
        candidates_A = order_A ${top ? '<' : '>'} last
        nearest = distances_A.masked_fill(~candidates_A, math.inf).argmin()
        last = torch.where(left, nearest, last)
        columns.append(last)
        matched.append(${fallback === 'drop' ? 'left' : 'torch.ones_like(left)'})
    return torch.stack(columns${order}), torch.stack(matched${order})`,
  };
}

const monotoneDoc = (repeats: boolean) =>
  repeats
    ? 'student layers that never descend, of least total distance.'
    : 'strictly ascending student layers, of least total distance.';

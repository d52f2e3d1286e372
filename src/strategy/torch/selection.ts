import type { Selection } from '../specification/selection.ts';
import { pyInt, pyInts } from './literals.ts';

/** How a selection is written in Python: `code` defines `call`, which gives a tuple of teacher layers. */
export type EmittedSelection = {
  readonly doc: string;
  readonly code: string;
  readonly call: string;
  /** Whether it gives the same layers at every step, so that nothing is kept from redraw to redraw. */
  readonly constant: boolean;
};

/** The function that selects teacher layers, by kind. */
export function emitSelection(selection: Selection): EmittedSelection {
  switch (selection.kind) {
    case 'fixed':
      return {
        doc: `the teacher layers ${selection.layers.join(', ')}.`,
        call: 'SELECTED_LAYERS',
        constant: true,
        code: `SELECTED_LAYERS: Tuple[int, ...] = ${pyInts(selection.layers, 'selection.layers')}`,
      };
    case 'uniform':
      return fromDepth(
        `${selection.k} teacher layers at equal distances, the last one always.`,
        selection.k,
        `    k = ${pyInt(selection.k, 'selection.k')}\n`,
        'tuple((2 * (i + 1) * layers + k) // (2 * k) - 1 for i in range(k))',
      );
    case 'all':
      return fromDepth('every teacher layer.', 1, '', 'tuple(range(layers))');
    case 'first':
      return fromDepth(
        `the first ${selection.k} teacher layers.`,
        selection.k,
        '',
        `tuple(range(${pyInt(selection.k, 'selection.k')}))`,
      );
    case 'last':
      return fromDepth(
        `the last ${selection.k} teacher layers.`,
        selection.k,
        '',
        `tuple(range(layers - ${pyInt(selection.k, 'selection.k')}, layers))`,
      );
    case 'random':
      return drawn(
        `${selection.k} teacher layers at random, ascending.${floorDoc(selection.firstLayerFloor)}`,
        selection.k,
        `    drawn = sorted(rng.sample(range(layers), ${pyInt(selection.k, 'selection.k')}))
${floorCode(selection.firstLayerFloor)}    return tuple(drawn)`,
      );
    case 'window':
      return drawn(
        `one teacher layer at random from each of ${selection.k} windows.${floorDoc(selection.firstLayerFloor)}`,
        selection.k,
        `    bounds = [i * layers // ${pyInt(selection.k, 'selection.k')} for i in range(${pyInt(selection.k + 1, 'selection.k')})]
    windows = [range(start, end) for start, end in zip(bounds, bounds[1:])]
    drawn = [rng.sample(window, 1)[0] for window in windows]
${floorCode(selection.firstLayerFloor)}    return tuple(drawn)`,
      );
    case 'random-plus-last':
      return drawn(
        `${selection.k - 1} teacher layers at random, ascending, and the last one.`,
        selection.k,
        `    drawn = sorted(rng.sample(range(layers - 1), ${pyInt(selection.k - 1, 'selection.k')}))
    return (*drawn, layers - 1)`,
      );
    case 'cyclic-windows':
      return {
        doc: `one teacher layer from each of ${selection.k} windows, in turn.`,
        call: '_select_layers(inputs, redraw_index)',
        constant: false,
        code: `${signature('redraw_index: int')}
${depthCheck(selection.k)}
    bounds = [i * layers // ${pyInt(selection.k, 'selection.k')} for i in range(${pyInt(selection.k + 1, 'selection.k')})]
    windows = [range(start, end) for start, end in zip(bounds, bounds[1:])]
    return tuple(window[redraw_index % len(window)] for window in windows)`,
      };
    case 'expected-sparsity':
      return {
        doc: `as many teacher layers, at equal distances, as student layers are expected to survive (${selection.minLayers} or more).`,
        call: '_select_layers(inputs)',
        constant: false,
        code: `${signature()}
    expected_layers = _given(inputs, "expected_layers", inputs.expected_layers)
    layers = len(inputs.teacher_states)
    k = max(${pyInt(selection.minLayers, 'selection.minLayers')}, math.floor(expected_layers + 0.5))
    k = min(layers, k)
    return tuple((2 * (i + 1) * layers + k) // (2 * k) - 1 for i in range(k))`,
      };
    case 'by-task':
      return {
        doc: `the ${selection.k} teacher layers of greatest importance for the task (${selection.importance}), ascending.`,
        call: '_select_layers(inputs)',
        constant: false,
        code: `${signature()}
    importance = _given(inputs, "layer_importance", inputs.layer_importance)
${depthCheck(selection.k)}
    if len(importance) != layers:
        raise InputError(
            f"step {inputs.step}: layer_importance has {len(importance)} values, "
            f"expected one for each of {layers} teacher layers"
        )
    ranked = sorted(range(layers), key=lambda layer: (-importance[layer], layer))
    return tuple(sorted(ranked[:${pyInt(selection.k, 'selection.k')}]))`,
      };
    default:
      selection satisfies never;
      throw new TypeError('unreachable selection');
  }
}

const signature = (more?: string) =>
  more === undefined
    ? 'def _select_layers(inputs: LayerLossInputs) -> Tuple[int, ...]:'
    : `def _select_layers(inputs: LayerLossInputs, ${more}) -> Tuple[int, ...]:`;

/** Defines `layers`, and refuses a teacher of fewer than k. */
const depthCheck = (k: number) => `    layers = len(inputs.teacher_states)
    if layers < ${pyInt(k, 'selection.k')}:
        raise InputError(
            f"step {inputs.step}: the teacher has {layers} layers, expected at least ${pyInt(k, 'selection.k')} to select ${pyInt(k, 'selection.k')} of them"
        )`;

function fromDepth(doc: string, k: number, before: string, result: string): EmittedSelection {
  return {
    doc,
    call: '_select_layers(inputs)',
    constant: true,
    code: `${signature()}
${depthCheck(k)}
${before}    return ${result}`,
  };
}

function drawn(doc: string, k: number, body: string): EmittedSelection {
  return {
    doc,
    call: '_select_layers(inputs, redraw_index)',
    constant: false,
    code: `${signature('redraw_index: int')}
${depthCheck(k)}
    rng = random.Random(inputs.seed * 2**32 + redraw_index)
${body}`,
  };
}

const floorDoc = (floor: number | 'none') => (floor === 'none' ? '' : `\nThe first one is raised to ${floor}.`);

const floorCode = (floor: number | 'none') =>
  floor === 'none' ? '' : `    drawn[0] = max(${pyInt(floor, 'firstLayerFloor')}, drawn[0])\n`;

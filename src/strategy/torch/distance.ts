import type { Normalisation } from '../specification/terms.ts';

export type EmittedDistance = { readonly doc: string; readonly code: string };

const docs = {
  mse: 'mean squared error',
  cosine: 'one minus the cosine of the two states of a token, mean over tokens',
  'l2-normalised': 'squared distance of the L2-normalised states of a token, mean over tokens',
} as const;

/**
 * `PARTS` and `_share(inputs, t_BTH, x_BTH, start, end)`: what part of a batch adds to a distance. Never negative, so
 * that a sum of some parts is a bound; a cosine distance can be, by rounding, so there the whole batch is one part.
 * `_size(inputs, t_BTH)`: the distance's square root from a teacher layer to zero, or more; for the bound's margin.
 */
export function emitShare({ distance, padding }: Normalisation): string {
  return `${distance === 'cosine' ? 'PARTS: int = 1  # of a batch: rounding can make a part of it negative' : 'PARTS: int = 8  # of a batch: the first look at a layer'}


def _share(inputs: LayerLossInputs, t_BTH: Tensor, x_BTH: Tensor, start: int, end: int) -> Tensor:
    """What these sequences add to the distance${distance === 'cosine' ? '' : '; never negative'}."""
${padding === 'masked' ? maskedShare(distance) : countedShare}


def _size(inputs: LayerLossInputs, t_BTH: Tensor) -> float:
${distance === 'mse' ? meanSize(padding) : unitSize}`;
}

const unitSize = `    """Of a teacher layer in the units of the distance: its states have norm 1."""
    return 1.0`;

const meanSize = (padding: Normalisation['padding']) =>
  padding === 'masked'
    ? `    """Of a teacher layer: at least its root mean square over the counted tokens."""
    tokens = int((_given(inputs, "attention_mask", inputs.attention_mask) != 0).sum())
    return float(torch.linalg.vector_norm(t_BTH)) / math.sqrt(max(tokens, 1) * t_BTH.shape[-1])`
    : `    """Of a teacher layer: its root mean square."""
    return float(torch.linalg.vector_norm(t_BTH)) / math.sqrt(t_BTH.numel())`;

const countedShare = '    return _distance(inputs, t_BTH[start:end], x_BTH) * ((end - start) / len(t_BTH))';

const maskedShare = (
  distance: Normalisation['distance'],
) => `    attention_mask = _given(inputs, "attention_mask", inputs.attention_mask)
    counted_BT = (attention_mask != 0).to(x_BTH.dtype)
    t_BTH = t_BTH[start:end]
    distance_BT = ${tokenDistance(distance)}
    return (distance_BT * counted_BT[start:end]).sum() / counted_BT.sum().clamp(min=1.0)`;

/** `_distance(inputs, t_BTH, x_BTH)`: the distance of a teacher layer to a transformed student layer. */
export function emitDistance({ distance, padding }: Normalisation): EmittedDistance {
  const doc = `${docs[distance]}, padding ${padding === 'masked' ? 'left out' : 'counted'}`;
  if (padding === 'counted') {
    return { doc, code: counted(distance) };
  }
  return {
    doc,
    code: `def _distance(inputs: LayerLossInputs, t_BTH: Tensor, x_BTH: Tensor) -> Tensor:
    attention_mask = _given(inputs, "attention_mask", inputs.attention_mask)
    counted_BT = (attention_mask != 0).to(x_BTH.dtype)
    distance_BT = ${tokenDistance(distance)}
    return (distance_BT * counted_BT).sum() / counted_BT.sum().clamp(min=1.0)${unitCode(distance)}`,
  };
}

function counted(distance: Normalisation['distance']): string {
  if (distance === 'mse') {
    return `def _distance(inputs: LayerLossInputs, t_BTH: Tensor, x_BTH: Tensor) -> Tensor:
    return mse_loss(x_BTH, t_BTH)`;
  }
  return `def _distance(inputs: LayerLossInputs, t_BTH: Tensor, x_BTH: Tensor) -> Tensor:
    distance_BT = ${tokenDistance(distance)}
    return distance_BT.mean()${unitCode(distance)}`;
}

function tokenDistance(distance: Normalisation['distance']): string {
  switch (distance) {
    case 'mse':
      return '(t_BTH - x_BTH).square().mean(-1)';
    case 'cosine':
      return '1.0 - (_unit(t_BTH) * _unit(x_BTH)).sum(-1)';
    case 'l2-normalised':
      return '(_unit(t_BTH) - _unit(x_BTH)).square().sum(-1)';
    default:
      distance satisfies never;
      throw new TypeError('unreachable distance');
  }
}

const unitCode = (distance: Normalisation['distance']) =>
  distance === 'mse'
    ? ''
    : `


def _unit(x_BTH: Tensor) -> Tensor:
    norms_BT1: Tensor = torch.linalg.vector_norm(x_BTH, dim=-1, keepdim=True)
    return x_BTH / norms_BT1.clamp(min=1e-8)`;

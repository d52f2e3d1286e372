import type { CatalogueEntry } from './entry.ts';
import { composed, costs, entry, everyStep, fixedTotal, summed } from './parts.ts';

const uniform = 'drawn = uniform 4';
const layerSelection = 'Layer-Selection (arXiv 2502.04499): negative control, which there does nearly as well';

/** Other alignments of the layers of v4, so that only the matching differs; then other distances and schedules. */
export const alignments: readonly CatalogueEntry[] = [
  entry({
    name: 'nearest-alive',
    strategy: composed({ alignment: { kind: 'nearest' } }),
    title: 'v3 among surviving layers only',
    formula: `${uniform}; row i → argmin D[i,j] over j in A; L = Σ D`,
    source: 'Control: v4 without the ordering',
    cost: costs.searchAlive,
  }),
  entry({
    name: 'random-nearest',
    strategy: composed({
      selection: { kind: 'random', k: 4, firstLayerFloor: 'none' },
      alignment: { kind: 'nearest' },
      schedule: everyStep,
    }),
    title: 'v5 without the ordering',
    formula: 'drawn = sorted sample of 4 each step; row i → argmin D[i,j] over j in A; L = Σ D',
    source: 'APT (ROIM1998/APT): random teacher layers, nearest student layer',
    cost: costs.searchAlive,
  }),
  entry({
    name: 'v4-repeat',
    strategy: composed({ alignment: { kind: 'ordered-greedy', from: 'top', fallback: 'repeat' } }),
    title: 'v4, the last match repeated where no candidate is left',
    formula: `${uniform}; as v4, a row without candidate repeats the last match; L = Σ D`,
    source: 'The fallback of princeton-nlp/CoFiPruning versions 4 to 6',
    cost: costs.searchAlive,
  }),
  entry({
    name: 'ordered-bottom-up',
    strategy: composed({ alignment: { kind: 'ordered-greedy', from: 'bottom', fallback: 'drop' } }),
    title: 'v4 mirrored: ordered from the bottom',
    formula: `${uniform}; for i = 0 … 3: row i → argmin D[i,j] over j in A above the last match; L = Σ D`,
    source: 'Control for the top-down order of v4',
    cost: costs.searchAlive,
  }),
  entry({
    name: 'optimal-monotone',
    strategy: composed({ alignment: { kind: 'monotone', repeats: false } }),
    title: 'The ordered matching of least total distance',
    formula: `${uniform}; strictly increasing columns in A of least Σ D; L = Σ D`,
    source: "Dynamic programming: the optimum of v4's greedy choice",
    cost: costs.searchAlive,
  }),
  entry({
    name: 'monotone-repeats',
    strategy: composed({ alignment: { kind: 'monotone', repeats: true } }),
    title: 'The ordered matching of least total distance, student layers reused',
    formula: `${uniform}; non-decreasing columns in A of least Σ D; L = Σ D`,
    source: 'Time warping (Sakoe and Chiba 1978) of teacher rows on student columns',
    cost: costs.searchAlive,
  }),
  entry({
    name: 'one-to-one',
    strategy: composed({ alignment: { kind: 'one-to-one' } }),
    title: 'The unordered one-to-one matching of least total distance',
    formula: `${uniform}; a least-cost assignment of rows to columns in A; L = Σ D`,
    source: 'Linear assignment (Kuhn 1955)',
    cost: costs.searchAliveOnHost,
  }),
  entry({
    name: 'alp-kd',
    strategy: composed({
      selection: { kind: 'all' },
      alignment: { kind: 'attention', temperature: 1, gradientThroughWeights: true },
      normalisation: fixedTotal,
    }),
    title: 'Each student layer to all teacher layers, weighted by attention on the first token',
    formula: 'W[·,j] = softmax_i(<t_i, x_j> / √H) on the first token, averaged over the batch; L = 4 · Σ W·D / Σ W',
    source:
      'ALP-KD (arXiv 2012.14022); deviates: weighs the distances rather than the teacher states, one weight a batch, all tokens',
    cost: costs.softAlive,
  }),
  entry({
    name: 'nni',
    strategy: composed({
      selection: { kind: 'all' },
      alignment: { kind: 'student-to-teacher' },
      normalisation: fixedTotal,
    }),
    title: 'Each surviving student layer to its nearest teacher layer',
    formula: 'drawn = 0 … N−1; each j in A → argmin_i D[i,j]; L = 4 · mean D',
    source:
      "Microsoft NNI's dynamic layerwise distiller; deviates: every teacher layer is a candidate, total weight fixed",
    cost: costs.searchAlive,
  }),
  entry({
    name: 'nearest-surviving',
    strategy: composed({ alignment: { kind: 'nearest-surviving' } }),
    title: 'The same layer, or the better of the nearest survivors below and above',
    formula: `${uniform}; row i → drawn[i] if in A, else the nearest in A below or above, of lesser D; L = Σ D`,
    source: 'APT (ROIM1998/APT), dynamic student',
    cost: costs.searchGaps,
  }),
  entry({
    name: 'reverse',
    strategy: composed({ alignment: { kind: 'reverse' } }),
    title: 'The opposite layer',
    formula: `${uniform}; row i → S − 1 − drawn[i] if in A; L = Σ D`,
    source: layerSelection,
    cost: costs.fixedPairs,
  }),
  entry({
    name: 'all-to-one',
    strategy: composed({ alignment: { kind: 'all-to-one' } }),
    title: 'Every selected teacher layer to the last surviving student layer',
    formula: `${uniform}; every row → max A; L = Σ D`,
    source: layerSelection,
    cost: costs.fixedPairs,
  }),
  entry({
    name: 'sinkhorn',
    strategy: composed({
      selection: { kind: 'all' },
      alignment: { kind: 'sinkhorn', regularisation: 0.05, iterations: 50, gradientThroughWeights: false },
      normalisation: fixedTotal,
    }),
    title: 'The entropic transport plan between all teacher layers and the survivors',
    formula: 'W = k · plan of least <P, D> − ε·entropy with uniform margins, ε = 0.05; L = 4 · Σ W·D / Σ W',
    source:
      'BERT-EMD (arXiv 2010.06133) with Sinkhorn distances (arXiv 1306.0895); deviates: entropic, margins stay uniform',
    cost: costs.softAlive,
  }),
  ...distances(),
  entry({
    name: 'v4-realign-10',
    strategy: composed({ schedule: { redraw: { kind: 'once' }, realignEverySteps: 10 } }),
    title: 'v4, aligned anew every 10 steps or when a chosen layer vanishes',
    formula: `${uniform}; v4's matching kept for 10 steps; L = Σ D`,
    source: 'A cheaper v4',
    cost: `every 10th step ${costs.searchAlive}`,
  }),
];

function distances(): CatalogueEntry[] {
  const of = (name: string, normalisation: typeof summed, title: string, source: string): CatalogueEntry =>
    entry({
      name,
      strategy: composed({ normalisation }),
      title,
      formula: `${uniform}; aligned as v4; L = Σ D`,
      source,
      cost: costs.searchAlive,
    });
  return [
    of(
      'v4-cosine',
      { ...summed, distance: 'cosine' },
      'v4 by cosine distance',
      'DistilBERT (arXiv 1910.01108) on its last layer',
    ),
    of(
      'v4-l2',
      { ...summed, distance: 'l2-normalised' },
      'v4 on normalised states',
      'PKD (arXiv 1908.09355), there on the first token only',
    ),
    of(
      'v4-masked',
      { ...summed, padding: 'masked' },
      'v4 without padding tokens',
      'Control: the published mean counts padding',
    ),
  ];
}

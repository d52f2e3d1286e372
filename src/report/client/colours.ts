/** After Okabe and Ito, told apart with any colour vision; what would vanish on the light or the dark ground (contrast below 3) is replaced or darkened. */
const palette = [
  '#0072b2',
  '#c87f00',
  '#009e73',
  '#cc79a7',
  '#d55e00',
  '#3d94cf',
  '#8c6bb1',
  '#7f7f7f',
  '#a6761d',
  '#5a9619',
];

/** Symbols beside colours, so that a print in grey can be read too. */
const symbols = [
  'circle',
  'square',
  'triangle',
  'diamond',
  'cross',
  'star',
  'wye',
  'times',
  'asterisk',
  'hexagon',
] as const;

export type CategoricalScale = { readonly type: 'categorical'; readonly domain: string[]; readonly range: string[] };

/** The same colour for a strategy in every chart, the baseline grey. */
export function colourScale(strategies: readonly string[], baseline: string): CategoricalScale {
  const domain = [...strategies].sort();
  let next = 0;
  const range = domain.map((strategy) =>
    strategy === baseline ? '#8a8a8a' : (palette[next++ % palette.length] ?? '#0072b2'),
  );
  return { type: 'categorical', domain, range };
}

export function symbolScale(strategies: readonly string[]): {
  type: 'ordinal';
  domain: string[];
  range: (typeof symbols)[number][];
} {
  const domain = [...strategies].sort();
  return { type: 'ordinal', domain, range: domain.map((_, i) => symbols[i % symbols.length] ?? 'circle') };
}

/** Kinds of stages in the order in which they run; a stage of upstream's program is coloured as ours of its kind. */
const stageColours: readonly (readonly [kind: string, colour: string])[] = [
  ['teacher', '#0072b2'],
  ['importance', '#8c6bb1'],
  ['prune', '#c87f00'],
  ['cofi-prune', '#c87f00'],
  ['finetune', '#009e73'],
  ['cofi-finetune', '#009e73'],
  ['evaluate', '#cc79a7'],
  ['cofi-evaluate', '#cc79a7'],
  ['command', '#3d94cf'],
];

/** Only kinds that there are, those not known here last and grey: a chart leaves out what has no colour. */
export function stageScale(kinds: readonly string[]): CategoricalScale {
  const known = stageColours.filter(([kind]) => kinds.includes(kind));
  const others = [...new Set(kinds)].filter((kind) => stageColours.every(([other]) => other !== kind)).sort();
  return {
    type: 'categorical',
    domain: [...known.map(([kind]) => kind), ...others],
    range: [...known.map(([, colour]) => colour), ...others.map(() => '#7f7f7f')],
  };
}

import { clear, type Finding, hit, unknown } from './finding.ts';

/** The files of a checkout that the checks read, as text; undefined where one is missing. */
export type CheckoutSources = {
  readonly trainer: string | undefined;
  readonly pruneScript: string | undefined;
  readonly evaluation: string | undefined;
};

type Check = {
  readonly id: string;
  readonly title: string;
  readonly file: keyof CheckoutSources;
  readonly isHit: (source: string) => boolean;
  readonly consequence: string;
};

const checks: readonly Check[] = [
  {
    id: 'random-not-imported',
    title: 'versions 5 and 6 use `random`, which is not imported',
    file: 'trainer',
    isHit: (s) => /\brandom\.sample\(/.test(s) && !/^\s*(?:import random\b|from random import)/m.test(s),
    consequence: 'They raise a NameError at the first step.',
  },
  {
    id: 'prefinetune-100',
    title: 'finetuning before pruning is fixed to 100 steps',
    file: 'trainer',
    isHit: (s) =>
      /^\s*self\.prepruning_finetune_steps = 100\b/m.test(s) &&
      !/^\s*self\.prepruning_finetune_steps = self\./m.test(s),
    consequence: 'The argument prepruning_finetune_epochs has no effect.',
  },
  {
    id: 'mask-in-rank-order',
    title: 'the mask of existing layers is applied in the order of distances',
    file: 'trainer',
    isHit: (s) => /indexes < last_aligned_layer\) & existing_layers\]/.test(s),
    consequence: 'With 8 of 12 layers left, about 9 of 10 alignments differ from the intended ones (simulated).',
  },
  {
    id: 'best-never-saved',
    title: 'MNLI and STS-B scores are looked up by keys that the metric does not give',
    file: 'trainer',
    isHit: (s) => /"mnli"\s*:\s*"mnli\/acc"/.test(s) || /"stsb"\s*:\s*"corr"/.test(s),
    consequence: 'No best model is saved on these tasks.',
  },
  {
    id: 'epsilon-not-passed',
    title: 'run_CoFi.sh does not pass --sparsity_epsilon',
    file: 'pruneScript',
    isHit: (s) => !/--sparsity_epsilon/.test(s),
    consequence:
      "The README's tenth argument is ignored while pruning and shifts the arguments of the final finetuning.",
  },
  {
    id: 'mnli-labels-swapped',
    title: "MNLI's labels are swapped by the model path's prefix",
    file: 'evaluation',
    isHit: (s) => /startswith\(["']princeton-nlp/.test(s),
    consequence: 'A released MNLI checkpoint under another path scores about 0.09.',
  },
];

/** Which published defects the sources of a checkout hold. */
export function diagnoseCheckout(sources: CheckoutSources): Finding[] {
  return checks.map(({ id, title, file, isHit, consequence }) => {
    const source = sources[file];
    if (source === undefined) return unknown(id, title, 'the file is missing');
    return isHit(source) ? hit(id, title, 'found in the source', consequence) : clear(id, title, 'not in the source');
  });
}

import { spawnSync } from 'node:child_process';
import { diagnoseCheckout } from '../diagnose/checkout-findings.ts';
import { moduleFile, trainerFile } from '../patch/checkout.ts';
import { PatchError, planPatch } from '../patch/index.ts';
import type { Strategy } from '../strategy/specification/strategy.ts';
import { emitModule } from '../strategy/torch/index.ts';
import { hashSources, readSources, type Sources } from '../upstream/sources.ts';

export type Checkout = {
  readonly root: string;
  /** Its commit, and whether its files differ from it: `da855a8`, `da855a8, changed`. */
  readonly label: string;
  /** As they are without a patch. */
  readonly sources: Sources;
  /** Published defects of these sources, by their names in docs/diagnose.md. */
  readonly defects: ReadonlySet<string>;
};

export const entryFile = 'run_glue_prune.py';
const needed = [entryFile, 'args.py', 'glue.py'];

/** Arguments that came with later commits of upstream's. */
const flags = [
  'sparsity_epsilon',
  'prepruning_finetune_epochs',
  'lagrangian_warmup_epochs',
  'layer_distill_version',
  'scheduler_type',
];

/**
 * Reads a user's checkout of upstream's repository and changes nothing in it.
 *
 * @throws PatchError where it is missing, foreign, changed where it matters, or older than the arguments that it is given.
 */
export function readCheckout(path: string): Checkout {
  const { root, record } = planPatch(path, { name: 'none', code: '', version: null });
  const original = Buffer.from(record.trainer.originalBase64, 'base64');
  const read = new Map(sourcesIn(root));
  read.delete(moduleFile);
  read.set(trainerFile, original);
  const missing = needed.find((file) => !read.has(file));
  if (missing !== undefined)
    throw new PatchError(`Expected a checkout of CoFiPruning at ${root}; it has no ${missing}`);
  const known = textOf(read, 'args.py');
  const unknown = flags.filter((flag) => !new RegExp(`\\b${flag}\\b`).test(known));
  if (unknown.length > 0) {
    throw new PatchError(
      `${root}: args.py does not know --${unknown.join(', --')}: update the checkout (git pull; da855a8 is known to do)`,
    );
  }
  const findings = diagnoseCheckout({ trainer: original.toString(), pruneScript: undefined, evaluation: undefined });
  const defects = new Set(findings.filter(({ verdict }) => verdict === 'hit').map(({ id }) => id));
  return { root, label: labelOf(root), sources: read, defects };
}

/** The checkout's sources with a strategy's module in them; as they are where it has none. */
export function sourcesWith(
  { root, sources }: Checkout,
  strategy: Strategy,
  name: string,
): { sources: Sources; sha256: string } {
  if (strategy.kind === 'none') return { sources, sha256: hashSources(sources) };
  const patch = planPatch(root, { name, code: emitModule(name, strategy), version: null });
  const patched = new Map(sources).set(trainerFile, patch.trainer).set(moduleFile, Buffer.from(patch.module));
  return { sources: patched, sha256: hashSources(patched) };
}

export const textOf = (sources: Sources, path: string): string => sources.get(path)?.toString() ?? '';

function sourcesIn(root: string): Sources {
  try {
    return readSources(root);
  } catch (error) {
    if (error instanceof RangeError)
      throw new PatchError(`${root} has ${error.message}: it is no checkout of CoFiPruning alone`);
    throw error;
  }
}

function labelOf(root: string): string {
  const git = (...args: string[]) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });
  const commit = git('rev-parse', '--short=7', 'HEAD');
  // A folder without a repository of its own lies in somebody else's.
  const top = git('rev-parse', '--show-prefix');
  if (commit.status !== 0 || top.stdout.trim() !== '') return 'of unknown commit';
  const changes = git('status', '--porcelain', '--untracked-files=no').stdout.trim();
  return `${commit.stdout.trim()}${changes === '' ? '' : ', changed'}`;
}

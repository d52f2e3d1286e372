import type { ParameterValue, RunRecord } from '../records.ts';
import { hierarchicalBootstrap } from '../statistics/bootstrap.ts';
import { mcnemarExact } from '../statistics/mcnemar.ts';
import type { Cell, Pair } from './pairing.ts';
import type { Correctness, ExampleTest, Question } from './question.ts';

/** Tests on the single examples of a cell's complete pairs, where the metric is a mean over examples and all runs stored theirs. */
export function compareExamples(
  cell: Cell,
  question: Question,
  correctness: ReadonlyMap<string, Correctness>,
): ExampleTest {
  const pairs = cell.pairs.filter(({ state }) => state === 'complete');
  const runs = pairs.flatMap(({ groups }) => groups.flatMap((group) => [...group.values()].flat()));
  const metrics = new Set(runs.map(({ outcome }) => (question.metric === 'score' ? outcome?.metric : question.metric)));
  if (metrics.size !== 1 || !metrics.has('accuracy'))
    return { kind: 'none', reason: `${[...metrics].join(', ')} is no mean over examples, as these tests need` };
  const ids = correctness.get(runs[0]?.runId ?? '')?.ids ?? [];
  if (ids.length === 0) return { kind: 'none', reason: 'no predictions are stored' };
  const aligned = runs.every(({ runId }) => {
    const other = correctness.get(runId);
    return other?.ids.length === ids.length && other.ids.every((id, i) => id === ids[i]);
  });
  if (!aligned) return { kind: 'none', reason: 'predictions are missing or of other examples for some runs' };
  const matrix = pairs.map(({ groups: [first, second] }) => {
    const [a, b] = [groupShares(first, correctness, ids.length), groupShares(second, correctness, ids.length)];
    return a.map((share, i) => share - (b[i] ?? 0));
  });
  return {
    kind: 'tested',
    seeds: pairs.length,
    examples: ids.length,
    interval: hierarchicalBootstrap(matrix),
    mcnemar: pairs.flatMap((pair) => discordance(pair, correctness)),
  };
}

/** For each example, how much of a group got it right; each value of the factor counts the same. */
function groupShares(
  group: ReadonlyMap<ParameterValue, readonly RunRecord[]>,
  correctness: ReadonlyMap<string, Correctness>,
  examples: number,
): number[] {
  const shares = new Array<number>(examples).fill(0);
  for (const runs of group.values()) {
    for (const { runId } of runs) {
      for (const [i, right] of (correctness.get(runId)?.correct ?? []).entries()) {
        if (right) shares[i] = (shares[i] ?? 0) + 1 / (group.size * runs.length);
      }
    }
  }
  return shares;
}

function discordance({ replicate, groups }: Pair, correctness: ReadonlyMap<string, Correctness>) {
  const [a, b] = groups.map((group) => [...group.values()].flat());
  if (a?.length !== 1 || b?.length !== 1) return [];
  const mine = correctness.get(a[0]?.runId ?? '')?.correct ?? [];
  const theirs = correctness.get(b[0]?.runId ?? '')?.correct ?? [];
  const first = mine.filter((right, i) => right && theirs[i] === false).length;
  const second = theirs.filter((right, i) => right && mine[i] === false).length;
  return [{ replicate, first, second, p: mcnemarExact(first, second) }];
}

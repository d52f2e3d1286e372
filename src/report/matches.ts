import type { Choices } from '../leaderboard/records.ts';
import type { MatchHistory } from './data.ts';

/** Training is shown in this many parts of equal length. */
const phaseCount = 4;

/** Counts what the runs of one arm chose; null where they recorded nothing. */
export function matchHistory(runs: readonly Choices[]): MatchHistory | null {
  const last = Math.max(-1, ...runs.map(({ steps }) => steps.at(-1) ?? -1));
  if (last < 0) return null;
  const length = (last + 1) / phaseCount;
  const counts = Array.from({ length: phaseCount }, () => ({ steps: 0, pairs: new Map<string, number>() }));
  let teacherLayers = 0;
  let studentLayers = 0;
  for (const { steps, drawnLayers, alignments } of runs) {
    for (const [i, step] of steps.entries()) {
      const phase = counts[Math.min(phaseCount - 1, Math.floor(step / length))];
      if (!phase) continue;
      phase.steps++;
      for (const [row, teacher] of (drawnLayers[i] ?? []).entries()) {
        const student = alignments[i]?.[row] ?? -1;
        teacherLayers = Math.max(teacherLayers, teacher + 1);
        studentLayers = Math.max(studentLayers, student + 1);
        const pair = `${teacher},${student}`;
        phase.pairs.set(pair, (phase.pairs.get(pair) ?? 0) + 1);
      }
    }
  }
  // Models of this family have as many layers on both sides unless a strategy never reaches the top.
  const layers = Math.max(teacherLayers, studentLayers);
  return {
    teacherLayers: layers,
    studentLayers: layers,
    phases: counts.map(({ steps, pairs }, i) => ({
      fromStep: Math.ceil(i * length),
      toStep: Math.ceil((i + 1) * length) - 1,
      steps,
      matches: [...pairs].sort().map(([pair, count]): readonly [number, number, number] => {
        const [teacher, student] = pair.split(',').map(Number);
        return [teacher ?? 0, student ?? -1, Number((count / steps).toPrecision(4))];
      }),
    })),
  };
}

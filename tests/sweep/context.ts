import { hash } from 'node:crypto';
import { taskNames } from '../../src/glue/tasks.ts';
import type { PlanContext, SweepFile, SweepPlan } from '../../src/sweep/index.ts';
import { formatSweepErrors, parseSweepFile, planSweep } from '../../src/sweep/index.ts';
import { type ModelShape, statedShape } from '../../src/sweep/model-shape.ts';
import type { ModelSpec } from '../../src/sweep/sweep-file.ts';

export const bertBase: ModelShape = { layers: 12, hiddenSize: 768, heads: 12, intermediateSize: 3072, positions: 512 };

/** A context that knows every task, with hashes made of names. */
export function contextFor(sweep: SweepFile, changes: Partial<PlanContext> = {}): PlanContext {
  const { model } = sweep;
  const fingerprint = hash('sha256', 'weights');
  const shape = statedShape(model) ?? bertBase;
  const { layers } = shape;
  const config = {
    embedded: { source: 'embedded', layers, fingerprint } as const,
    directory: { source: 'directory', path: '/models/bert', fingerprint } as const,
    hub: { source: 'hub', name: 'google-bert/bert-base-uncased', commit: '0'.repeat(40) } as const,
    random: null,
  }[model.source];
  return {
    device: 'cpu',
    gpuMemoryMiB: [],
    missingCompiler: null,
    model: {
      config: config ?? (model as never),
      shape,
      labels: null,
      classes: null,
      tokenizer: 'tokenizer',
      vocabulary: null,
    },
    teacher: sweep.teacher && 'layers' in sweep.teacher ? ownTeacher(sweep.teacher) : null,
    tasks: new Map(taskNames.map((name) => [name, { source: { kind: 'embedded' }, fingerprint: `data of ${name}` }])),
    moduleFor: (_strategy, name) => ({ file: `/modules/${name}.py`, sha256: hash('sha256', name) }),
    ...changes,
  };
}

function ownTeacher(model: Extract<ModelSpec, { layers: number }>): PlanContext['teacher'] {
  const config = model as never;
  return {
    config,
    shape: statedShape(model),
    labels: null,
    classes: null,
    tokenizer: 'tokenizer',
    vocabulary: null,
  };
}

/** A sweep file that must be sound. */
export function parsed(text: string): SweepFile {
  const result = parseSweepFile(text, 'sweep.yaml');
  if (!result.ok) throw new Error(formatSweepErrors(result.errors));
  return result.sweep;
}

export function planned(text: string, changes: Partial<PlanContext> = {}): SweepPlan {
  const sweep = parsed(text);
  return planSweep(sweep, contextFor(sweep, changes));
}

/** The errors of a sweep file as a user sees them. */
export function errorsOf(text: string): string {
  const result = parseSweepFile(text, 'sweep.yaml');
  return result.ok ? 'no errors' : formatSweepErrors(result.errors);
}

/** A sound sweep file on movie snippets, with these parameters and this top level beside it. */
export function sweepText(parameters = '', top = ''): string {
  return `name: test
method: grid
${top}
parameters:
  task: { value: movies }
  strategy: { values: [none, v4] }
${parameters
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
`;
}

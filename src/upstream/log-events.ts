import type { StageEvent } from '../wire/event.ts';
import type { TrainingRequest } from './stage-files.ts';
import type { LogEntry } from './upstream-run.ts';

type Event<T> = T extends StageEvent ? Omit<T, 'atMs' | 'schemaVersion'> : never;
export type LoggedEvent = Event<StageEvent>;

/** What a followed run's log comes to in events: progress, learning curves, alignments. */
export function createEventMaker(
  request: Pick<TrainingRequest, 'stage' | 'loggingSteps' | 'drawnLayers'>,
): (entry: LogEntry) => LoggedEvent[] {
  let phase = request.stage === 'cofi-prune' ? 'prefinetune' : 'finetune';
  let totalSteps = 0;
  let step = 0;
  let lossLines = 0;

  /** Upstream evaluates before it trains, when its total is known already. */
  const progress = (reached: number): LoggedEvent => {
    step = Math.max(step, reached);
    return { event: 'progress', phase, step, totalSteps };
  };

  return (entry) => {
    switch (entry.kind) {
      case 'figure':
        if (entry.name === 'totalSteps') totalSteps = entry.value;
        return entry.name === 'totalSteps' ? [progress(0)] : [];
      case 'pruning-starts':
        phase = 'prune';
        return [progress(step)];
      case 'losses': {
        // Loss lines carry no step.
        lossLines += 1;
        const at = lossLines * request.loggingSteps;
        return [progress(at), { event: 'metrics', step: at, values: renamed(entry.values) }];
      }
      case 'evaluation': {
        const at = entry.step ?? step;
        return [progress(at), { event: 'metrics', step: at, values: renamed(entry.metrics) }];
      }
      case 'alignment':
        return choicesOf(entry.step, entry.studentLayers, request.drawnLayers);
      default:
        return [];
    }
  };
}

function choicesOf(
  step: number,
  studentLayers: readonly number[],
  drawnLayers: readonly number[] | null,
): LoggedEvent[] {
  if (drawnLayers?.length !== studentLayers.length) return [];
  return [
    {
      event: 'choices',
      steps: [step],
      drawnLayers: [[...drawnLayers]],
      alignments: [[...studentLayers]],
      stepsWithoutSurvivor: 0,
    },
  ];
}

/** Upstream's numbers under the names that the built-in backend has for them; those that say nothing are left out. */
const names: Readonly<Record<string, string | null>> = {
  lag_loss: 'lagrangian',
  pruned_model_sparsity: 'sparsity',
  reg_loss: null,
  step: null,
  hidden_dims: null,
  pruned_params: null,
  remaining_params: null,
};

function renamed(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const own = name in names ? names[name] : name;
      return typeof own === 'string' ? [[own, value]] : [];
    }),
  );
}

import { createLogUpdate } from 'log-update';
import type { EngineEvent } from '../scheduler/context.ts';
import type { Engine } from '../scheduler/engine.ts';
import type { StageMemory } from '../scheduler/memory.ts';
import type { StageKind, StageSpec } from '../scheduler/stage-spec.ts';
import { renderView } from './live-view.ts';
import { plainLine } from './plain-view.ts';
import { timeLeft } from './time-left.ts';

export type SweepView = {
  readonly onEvent: (event: EngineEvent) => void;
  readonly say: (message: string) => void;
  readonly attach: (
    name: string,
    engine: Engine,
    specs: readonly StageSpec[],
    memory: ReadonlyMap<string, StageMemory>,
  ) => void;
  readonly close: () => void;
};

const refreshMs = 200;
/** Without a terminal, how far the stages are is said this often. */
const plainProgressMs = 60_000;

/** The live view in a terminal, plain lines elsewhere, only what went wrong with `quiet`. */
export function createSweepView(quiet: boolean): SweepView {
  const terminal = process.stdout.isTTY && !quiet;
  const update = createLogUpdate(process.stdout);
  const durations = new Map<StageKind, number[]>();
  const remaining = new Map<StageKind, number>();
  let timer: NodeJS.Timeout | undefined;
  let draw = (): void => {};
  let message: string | undefined;

  const print = (line: string): void => {
    if (terminal) update.persist(line);
    else if (quiet) console.error(line);
    else console.log(line);
  };

  function count(event: EngineEvent): void {
    if (event.kind !== 'succeeded') return;
    const { kind } = event.spec;
    remaining.set(kind, (remaining.get(kind) ?? 0) - 1);
    if (!event.cached) note(kind, event.seconds);
  }

  function note(kind: StageKind, seconds: number): void {
    if (seconds <= 0) return;
    const seen = durations.get(kind);
    if (seen) seen.push(seconds);
    else durations.set(kind, [seconds]);
  }

  function attach(
    name: string,
    engine: Engine,
    specs: readonly StageSpec[],
    memory: ReadonlyMap<string, StageMemory>,
  ): void {
    for (const { kind, key } of specs) {
      const succeeded = memory.get(key)?.succeeded;
      if (succeeded) note(kind, succeeded.seconds);
      else remaining.set(kind, (remaining.get(kind) ?? 0) + 1);
    }
    if (terminal) {
      draw = () => {
        const snapshot = engine.snapshot();
        const left = timeLeft(snapshot, remaining, durations);
        const { columns, rows } = process.stdout;
        update(renderView({ name, snapshot, timeLeft: left, message }, { columns: columns || 80, rows: rows || 24 }));
      };
      timer = setInterval(draw, refreshMs);
    } else if (!quiet) {
      timer = setInterval(() => {
        for (const { label, progress } of engine.snapshot().running) {
          if (progress.totalSteps > 0) print(`running   ${label}: step ${progress.step} of ${progress.totalSteps}`);
        }
      }, plainProgressMs);
    }
  }

  return {
    onEvent: (event) => {
      count(event);
      const line = plainLine(event);
      const important = event.kind === 'failed' || event.kind === 'notice';
      if (line !== undefined && (important || !(terminal || quiet))) print(line);
    },
    say: (text) => {
      message = text;
      if (!terminal) console.error(text);
      else draw();
    },
    attach,
    close: () => {
      clearInterval(timer);
      draw();
      if (terminal) update.done();
    },
  };
}

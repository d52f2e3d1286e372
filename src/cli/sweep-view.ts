import { createLogUpdate } from 'log-update';
import type { EngineEvent } from '../scheduler/context.ts';
import type { Engine } from '../scheduler/engine.ts';
import type { StageMemory } from '../scheduler/memory.ts';
import type { StageSpec } from '../scheduler/stage-spec.ts';
import { renderView } from './live-view.ts';
import { plainLine } from './plain-view.ts';
import { noteDuration, ownSeconds, secondsIn } from './stage-durations.ts';
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
export function createSweepView(quiet: boolean, resultsDir: string): SweepView {
  const terminal = process.stdout.isTTY && !quiet;
  const update = createLogUpdate(process.stdout);
  let own: Map<string, number[]> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let draw = (): void => {};
  let message: string | undefined;

  const print = (line: string): void => {
    if (terminal) update.persist(line);
    else if (quiet) console.error(line);
    else console.log(line);
  };

  function attach(
    name: string,
    engine: Engine,
    specs: readonly StageSpec[],
    memory: ReadonlyMap<string, StageMemory>,
  ): void {
    if (terminal) {
      const keys = specs.map(({ key }) => key);
      const durations = { own: ownSeconds(keys, memory), others: secondsIn(resultsDir) };
      own = durations.own;
      draw = () => {
        const snapshot = engine.snapshot();
        const left = timeLeft(snapshot, durations);
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
      if (event.kind === 'succeeded' && !event.cached && own) noteDuration(own, event.spec.key, event.seconds);
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

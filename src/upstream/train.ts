import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { exitCodes } from '../wire/event.ts';
import { createEventMaker, type LoggedEvent } from './log-events.ts';
import { createLogReader } from './log-lines.ts';
import { readUpstreamLog } from './read-log.ts';
import { choicesFile, logFile, modelFolder, type TrainingRequest, type TrainingResult } from './stage-files.ts';
import { readTraining, resultOfTraining } from './training-result.ts';

export type Output = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** A line without what nobody else should read. */
  readonly mask: (line: string) => string;
};
export type Training =
  | { readonly kind: 'done'; readonly result: TrainingResult }
  | { readonly kind: 'failed'; readonly exitCode: number; readonly message: string | undefined };

/** Runs upstream's program to its end, follows its log, and makes a result of what it left. */
export async function trainUpstream(request: TrainingRequest, output: Output): Promise<Training> {
  const { stageDir, attemptDir } = request;
  // Upstream cannot go on where it stopped: what an earlier attempt left would pass for this one's.
  for (const left of [modelFolder, choicesFile]) rmSync(join(stageDir, left), { recursive: true, force: true });
  mkdirSync(join(stageDir, modelFolder), { recursive: true });
  const startedMs = performance.now();
  const write = (event: LoggedEvent) => {
    appendFileSync(
      join(attemptDir, 'events.jsonl'),
      `${JSON.stringify({ ...event, atMs: Date.now(), schemaVersion: 1 })}\n`,
    );
  };
  write({ event: 'started', resumedFromStep: null });
  const end = await follow(request, output, write);
  const seconds = (performance.now() - startedMs) / 1000;
  const run = readUpstreamLog(readFileSync(join(stageDir, logFile), 'utf8'));
  if (end.code !== 0 && !(request.stage === 'cofi-finetune' && endsInSaveModel(end.lastErrors))) {
    return { kind: 'failed', exitCode: end.code, message: undefined };
  }
  const result = resultOfTraining(request, run, seconds);
  if (typeof result === 'string') return { kind: 'failed', exitCode: exitCodes.internalError, message: result };
  return { kind: 'done', result };
}

/** As a shell says it. */
const couldNotStart = 127;

/** Last lines of standard error, to tell how the program ended. */
const keptErrors = 40;

/** A finetuning goes on from the model that the pruning has left. */
function argumentsOf(request: TrainingRequest): readonly string[] {
  if (request.stage === 'cofi-prune') return request.arguments;
  const { pruneDir } = request;
  return [...request.arguments, '--pretrained_pruned_model', join(pruneDir, readTraining(pruneDir).model)];
}

async function follow(
  request: TrainingRequest,
  { out, err, mask }: Output,
  write: (event: LoggedEvent) => void,
): Promise<{ code: number; lastErrors: string }> {
  const { stageDir, sources, python } = request;
  const log = join(stageDir, logFile);
  const reader = createLogReader();
  const eventsOf = createEventMaker(request);
  const errors: string[] = [];
  const child = execa(python, ['run_glue_prune.py', ...argumentsOf(request)], {
    cwd: sources,
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', WANDB_DISABLED: 'true' },
    stdin: 'ignore',
    buffer: false,
    reject: false,
  });
  const onOut = (told: string) => {
    const line = mask(told);
    out(`${line}\n`);
    appendFileSync(log, `${line}\n`);
    for (const event of reader.push(line).flatMap(eventsOf)) {
      write(event);
      if (event.event === 'choices' && request.stage === 'cofi-prune') keepChoices(stageDir, event);
    }
  };
  const onErr = (told: string) => {
    const line = mask(told);
    err(`${line}\n`);
    appendFileSync(log, `${line}\n`);
    errors.push(line);
    if (errors.length > keptErrors) errors.shift();
  };
  const read = [
    createInterface({ input: child.stdout }).on('line', onOut),
    createInterface({ input: child.stderr }).on('line', onErr),
  ].map((lines) => once(lines, 'close'));
  const { exitCode, signal, shortMessage } = await child;
  await Promise.all(read);
  if (exitCode !== undefined) return { code: exitCode, lastErrors: errors.join('\n') };
  if (signal !== undefined) return { code: 128 + constants.signals[signal as NodeJS.Signals], lastErrors: '' };
  onErr(shortMessage ?? `${python} could not be started`);
  return { code: couldNotStart, lastErrors: '' };
}

function keepChoices(
  stageDir: string,
  { steps, drawnLayers, alignments }: Extract<LoggedEvent, { event: 'choices' }>,
): void {
  appendFileSync(join(stageDir, choicesFile), `${JSON.stringify({ steps, drawnLayers, alignments })}\n`);
}

/**
 * After its last step a finetuning run stores gates that it has not, and raises; its best model is on disk by then
 * (princeton-nlp/CoFiPruning#33).
 */
function endsInSaveModel(lastErrors: string): boolean {
  return (
    /in save_model\b/.test(lastErrors) &&
    /AttributeError: 'NoneType' object has no attribute 'forward'/.test(lastErrors)
  );
}

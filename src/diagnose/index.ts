import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { readUpstreamLog } from '../upstream/read-log.ts';
import type { UpstreamRun } from '../upstream/upstream-run.ts';
import { diagnoseCheckout } from './checkout-findings.ts';
import { isEvaluationOutput, readEvaluationOutput } from './evaluation-output.ts';
import type { Finding } from './finding.ts';
import { diagnoseRun } from './run-findings.ts';

export type { Finding } from './finding.ts';

/** A path that is neither an upstream run nor a checkout. */
export class DiagnoseInputError extends Error {
  override readonly name = 'DiagnoseInputError';
}

export type Diagnosis = {
  readonly kind: 'run' | 'checkout';
  readonly path: string;
  readonly findings: readonly Finding[];
  /** A run's gates file, whose final structure the caller may add. */
  readonly gatesFile?: string;
};

/** Tells a run (a folder with log.txt, or a log file) from a checkout (trainer/trainer.py) and examines it. */
export async function diagnose(path: string): Promise<Diagnosis> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined)
    throw new DiagnoseInputError(
      `Nothing is there: ${path}. Give an upstream output folder, its log.txt, or a checkout.`,
    );
  if (info.isFile()) return { kind: 'run', path, findings: findingsOf(await readFile(path, 'utf8'), path) };
  const log = await readIfThere(join(path, 'log.txt'));
  if (log !== undefined) {
    const gatesFile = await firstThere([join(path, 'best', 'zs.pt'), join(path, 'zs.pt')]);
    const findings = findingsOf(log, join(path, 'log.txt'));
    return { kind: 'run', path, findings, ...(gatesFile === undefined ? {} : { gatesFile }) };
  }
  const trainer = await readIfThere(join(path, 'trainer', 'trainer.py'));
  if (trainer === undefined) {
    throw new DiagnoseInputError(
      `${path} holds neither log.txt (an upstream run) nor trainer/trainer.py (a checkout). Give one of these folders.`,
    );
  }
  const pruneScript = await readIfThere(join(path, 'scripts', 'run_CoFi.sh'));
  const evaluation = await readIfThere(join(path, 'evaluation.py'));
  return { kind: 'checkout', path, findings: diagnoseCheckout({ trainer, pruneScript, evaluation }) };
}

/** Of a training's log, of evaluation.py's output, or of both in one file. */
function findingsOf(text: string, file: string): Finding[] {
  const plain = stripVTControlCharacters(text);
  const run = readUpstreamLog(plain);
  if (isBlank(run) && !isEvaluationOutput(plain)) {
    const found = plain.trim() === '' ? 'is empty' : 'holds no line that upstream prints';
    throw new DiagnoseInputError(
      `${file} ${found}. Give the log.txt of a run of run_CoFi.sh, or what evaluation.py printed.`,
    );
  }
  return diagnoseRun(run, readEvaluationOutput(plain));
}

/** Whether a log said nothing at all. */
function isBlank(run: UpstreamRun): boolean {
  return Object.values(run).every((part) => {
    if (typeof part === 'number') return part === 0;
    return part === undefined || ('size' in part ? part.size : part.length) === 0;
  });
}

async function readIfThere(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch(() => undefined);
}

async function firstThere(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    if ((await stat(file).catch(() => undefined))?.isFile() === true) return file;
  }
  return undefined;
}

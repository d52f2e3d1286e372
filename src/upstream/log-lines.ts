import { numberList, numbersOf, parsePythonDict } from './python-literal.ts';
import type { LogEntry, LoggedFigure } from './upstream-run.ts';

export type LogReader = {
  /** What the next line says; several entries where it ends what an earlier one began. */
  readonly push: (line: string) => LogEntry[];
};

/** Reads upstream's log as it grows, line by line; lines of other programs are passed over. */
export function createLogReader(): LogReader {
  let lineNumber = 0;
  let insideArguments = false;
  let open: { readonly line: number; text: string; lines: number } | undefined;

  function argument(line: string): LogEntry[] {
    if (/(Model|Data|Training|Additional) Arguments:\s*$/.test(line)) insideArguments = true;
    const [, name, value] = /(?:^|[\s-])([a-z_][a-z0-9_]*) = (.*)$/.exec(line) ?? [];
    const found = insideArguments && name !== undefined && value !== undefined;
    if (line.includes('***** Running training *****')) insideArguments = false;
    return found ? [{ kind: 'argument', name, value: value.trim() }] : [];
  }

  /** A printed tensor can run over several lines, up to its closing bracket. */
  function alignment(line: string): LogEntry[] {
    if (alignmentStart.test(line)) open = { line: lineNumber, text: line, lines: 1 };
    else if (open) open = { ...open, text: `${open.text} ${line}`, lines: open.lines + 1 };
    if (!open) return [];
    const entry = readAlignment(open.text, open.line);
    if (entry || open.lines >= longestAlignment) open = undefined;
    return entry ? [entry] : [];
  }

  return {
    push: (line) => {
      lineNumber += 1;
      return [...argument(line), ...alignment(line), ...readLine(line, lineNumber)];
    },
  };
}

const longestAlignment = 4;
const alignmentStart = /v(\d+) Global step: (\d+), Alignment: /;

function readAlignment(text: string, line: number): LogEntry | undefined {
  const [, version, step] = alignmentStart.exec(text) ?? [];
  const list = /Alignment: (?:tensor\()?\[([^\]]*)\]/.exec(text)?.[1];
  if (list === undefined) return undefined;
  const studentLayers = [...list.matchAll(/(?<![\w:])-?\d+(?![\w:])/g)].map((match) => Number(match[0]));
  return { kind: 'alignment', line, version: Number(version), step: Number(step), studentLayers };
}

const figures: readonly (readonly [LoggedFigure, RegExp])[] = [
  ['prefinetuneSteps', /Prepruning finetune steps: (\d+)/],
  ['warmupSteps', /Lagrangian warmup steps: (\d+)/],
  ['totalSteps', /Total optimization steps = (\d+)/],
  ['epochs', /Num Epochs = (\d+)/],
  ['evalExamples', /\* (\d+) Evaluation Examples Loaded/],
  ['parametersBefore', /^Model Size before pruning: (\d+)/],
  ['parametersAfter', /^Model Size after pruning: (\d+)/],
];

function readLine(line: string, number: number): LogEntry[] {
  const losses = /^\{'loss': .*\}$/.test(line) ? parsePythonDict(line) : undefined;
  if (losses) return [{ kind: 'losses', values: numbersOf(losses) }];
  if (line.includes('Evaluating: {')) return readEvaluation(line, number);
  if (line.includes('Starting l0 regularization!')) return [{ kind: 'pruning-starts' }];
  const [, finished] = /Epoch (\d+) finished\. Took/.exec(line) ?? [];
  if (finished !== undefined) return [{ kind: 'epoch-finished', epoch: Number(finished) }];
  const [, epoch, step] = /Starting saving the best from epoch (\d+) and step (\d+)/.exec(line) ?? [];
  if (epoch !== undefined) return [{ kind: 'saving-starts', epoch: Number(epoch), step: Number(step) }];
  return [...readBestModel(line), ...readFigures(line)];
}

function readFigures(line: string): LogEntry[] {
  return figures.flatMap(([name, pattern]) => {
    const value = pattern.exec(line)?.[1];
    return value === undefined ? [] : [{ kind: 'figure' as const, name, value: Number(value) }];
  });
}

function readBestModel(line: string): LogEntry[] {
  const pattern =
    /Saving the best model so far: \[Epoch (\d+) \| Step: (\d+) \| Model size: \S+ \| Score: ([-\d.e]+)\]/;
  const [, epoch, step, score] = pattern.exec(line) ?? [];
  if (epoch === undefined) return [];
  return [{ kind: 'best-model', epoch: Number(epoch), step: Number(step), score: Number(score) }];
}

function readEvaluation(line: string, number: number): LogEntry[] {
  const dictionary = /Evaluating: (\{.*\})/.exec(line)?.[1];
  const values = dictionary === undefined ? undefined : parsePythonDict(dictionary);
  if (values === undefined) return [];
  const metrics = numbersOf(values);
  const headLayers = numberList(values.head_layers);
  const mlpLayers = numberList(values.mlp_layers);
  return [
    {
      kind: 'evaluation',
      line: number,
      ...(metrics.step === undefined ? {} : { step: metrics.step }),
      metrics,
      ...(headLayers === undefined ? {} : { headLayers }),
      ...(mlpLayers === undefined ? {} : { mlpLayers }),
    },
  ];
}

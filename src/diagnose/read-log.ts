import type { Evaluation, LoggedAlignment, UpstreamRun } from './upstream-run.ts';

/** Reads the log that upstream's `run_CoFi.sh` keeps; lines of other programs are passed over. */
export function readUpstreamLog(text: string): UpstreamRun {
  const lines = text.split(/\r?\n/);
  const firstNumber = (pattern: RegExp) => firstMatch(lines, pattern);
  const prefinetuneSteps = firstNumber(/Prepruning finetune steps: (\d+)/);
  const totalSteps = firstNumber(/Total optimization steps = (\d+)/);
  const epochs = firstNumber(/Num Epochs = (\d+)/);
  return {
    arguments: readArguments(lines),
    ...(prefinetuneSteps === undefined ? {} : { prefinetuneSteps }),
    ...(totalSteps === undefined ? {} : { totalSteps }),
    ...(epochs === undefined ? {} : { epochs }),
    savingStarts: lines.flatMap(readSavingStart),
    bestModels: lines.flatMap(readBestModel),
    evaluations: lines.flatMap(readEvaluation),
    alignments: readAlignments(lines),
  };
}

function firstMatch(lines: readonly string[], pattern: RegExp): number | undefined {
  for (const line of lines) {
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return Number(found);
  }
  return undefined;
}

function readArguments(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let inside = false;
  for (const line of lines) {
    if (/(Model|Data|Training|Additional) Arguments:\s*$/.test(line)) inside = true;
    const [, key, value] = /(?:^|[\s-])([a-z_][a-z0-9_]*) = (.*)$/.exec(line) ?? [];
    if (inside && key !== undefined && value !== undefined) found.set(key, value.trim());
    if (line.includes('***** Running training *****')) inside = false;
  }
  return found;
}

function readSavingStart(line: string) {
  const [, epoch, step] = /Starting saving the best from epoch (\d+) and step (\d+)/.exec(line) ?? [];
  return epoch === undefined ? [] : [{ epoch: Number(epoch), step: Number(step) }];
}

function readBestModel(line: string) {
  const pattern =
    /Saving the best model so far: \[Epoch (\d+) \| Step: (\d+) \| Model size: \S+ \| Score: ([-\d.e]+)\]/;
  const [, epoch, step, score] = pattern.exec(line) ?? [];
  return epoch === undefined ? [] : [{ epoch: Number(epoch), step: Number(step), score: Number(score) }];
}

function readEvaluation(line: string, index: number): Evaluation[] {
  const dictionary = /Evaluating: (\{.*\})/.exec(line)?.[1];
  const values = dictionary === undefined ? undefined : parsePythonDict(dictionary);
  if (values === undefined) return [];
  const metrics = Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  const headLayers = numberList(values.head_layers);
  const mlpLayers = numberList(values.mlp_layers);
  return [
    {
      line: index + 1,
      ...(metrics.step === undefined ? {} : { step: metrics.step }),
      metrics,
      ...(headLayers === undefined ? {} : { headLayers }),
      ...(mlpLayers === undefined ? {} : { mlpLayers }),
    },
  ];
}

/** The repr of a flat dict of numbers, strings and lists; undefined where it is something else. */
function parsePythonDict(text: string): Record<string, unknown> | undefined {
  const json = text
    .replace(/np\.(?:float|int)\d+\(([^)]*)\)/g, '$1')
    .replace(/\b(?:nan|None|-?inf)\b/g, 'null')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false')
    .replace(/'/g, '"');
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function numberList(value: unknown): number[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;
}

/** A printed tensor can run over several lines, up to its closing bracket. */
function readAlignments(lines: readonly string[]): LoggedAlignment[] {
  return lines.flatMap((line, index) => {
    const [, version, step] = /v(\d+) Global step: (\d+), Alignment: /.exec(line) ?? [];
    if (version === undefined || step === undefined) return [];
    const text = lines.slice(index, index + 4).join(' ');
    const list = /Alignment: (?:tensor\()?\[([^\]]*)\]/.exec(text)?.[1];
    if (list === undefined) return [];
    const studentLayers = [...list.matchAll(/(?<![\w:])\d+(?![\w:])/g)].map((match) => Number(match[0]));
    return [{ line: index + 1, version: Number(version), step: Number(step), studentLayers }];
  });
}

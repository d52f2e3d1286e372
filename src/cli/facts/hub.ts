import { z } from 'zod';
import { CommandError } from '../command-error.ts';

const infoSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const timeoutMs = 20_000;

/** The commit that a name on the hub means now; pinned in the sweep from then on. */
export async function resolveCommit(kind: 'models' | 'datasets', name: string, revision: string): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const what = kind === 'models' ? 'The model' : 'The dataset';
  const answer = await ask(
    `api/${kind}/${name}/revision/${encodeURIComponent(revision)}`,
    `${what} ${name}@${revision}`,
  );
  return infoSchema.parse(await answer.json()).sha;
}

/** A file of a model on the hub, as JSON. */
export async function readHubJson(name: string, commit: string, file: string): Promise<unknown> {
  const answer = await ask(`${name}/resolve/${commit}/${file}`, `${file} of ${name}`);
  return answer.json();
}

async function ask(path: string, what: string): Promise<Response> {
  const instead = 'Give a directory instead (source: directory), or name a full commit.';
  if (process.env.HF_HUB_OFFLINE === '1') {
    throw new CommandError(`${what} cannot be looked up: HF_HUB_OFFLINE is set. ${instead}`);
  }
  const endpoint = process.env.HF_ENDPOINT ?? 'https://huggingface.co';
  const token = process.env.HF_TOKEN;
  let answer: Response;
  try {
    answer = await fetch(`${endpoint}/${path}`, {
      signal: AbortSignal.timeout(timeoutMs),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  } catch (error) {
    throw new CommandError(`${what} cannot be looked up: ${endpoint} does not answer. ${instead}`, { cause: error });
  }
  if (!answer.ok)
    throw new CommandError(
      `${what} cannot be looked up: ${endpoint} answers ${answer.status} ${answer.statusText}. ${instead}`,
    );
  return answer;
}

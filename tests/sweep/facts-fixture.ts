import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { hubFromEnvironment, type LookUpOptions, lookUpFacts } from '../../src/sweep/index.ts';
import { parsed } from './context.ts';

export const root = mkdtempSync(join(tmpdir(), 'layersweep "facts" '));
export const repository = fileURLToPath(new URL('../..', import.meta.url));
afterAll(() => rmSync(root, { recursive: true }));

export const options: LookUpOptions = {
  glueDir: null,
  hub: hubFromEnvironment({ HF_HUB_OFFLINE: '1', HF_HOME: join(root, 'hub') }),
};

/** What a user sees, without the changing name of the folder. */
export async function problems(text: string, changes: Partial<LookUpOptions> = {}): Promise<string> {
  try {
    await lookUpFacts(parsed(text), { ...options, ...changes });
    return 'none';
  } catch (error) {
    return String(error).replaceAll(root, 'ROOT');
  }
}

export const config = (fields: object) => JSON.stringify({ model_type: 'bert', num_hidden_layers: 12, ...fields });

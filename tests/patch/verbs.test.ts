import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { findStrategy } from '../../src/strategy/catalogue.ts';
import { emitModule } from '../../src/strategy/torch/index.ts';
import { makeCheckout } from './checkout.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');
const layersweep = (...args: string[]) => execa(process.execPath, [main, ...args], { reject: false });
const folder = () => mkdtempSync(join(tmpdir(), 'layersweep-generate-'));

describe('generate', () => {
  it('writes the module of a named strategy, and only where it changed', async () => {
    const file = join(folder(), 'layer_loss.py');
    expect((await layersweep('generate', 'v4', '-o', file)).stdout).toBe(`${file}: v4, written`);
    expect(readFileSync(file, 'utf8')).toBe(emitModule('v4', findStrategy('v4').strategy));
    expect((await layersweep('generate', 'v4', '-o', file)).stdout).toBe(`${file}: v4, as it was`);
    expect((await layersweep('generate', 'v4', '-k', '6', '-o', file)).stdout).toBe(`${file}: v4-k6, written`);
  });

  it('takes a specification from a file, and prints without -o', async () => {
    const file = join(folder(), 'mine.json');
    writeFileSync(file, JSON.stringify(findStrategy('v3').strategy));
    expect((await layersweep('generate', file)).stdout).toContain('Layer distillation loss `mine`');
  });

  it('keeps a file that is not its own, and says what is wrong in one line', async () => {
    const file = join(folder(), 'precious.py');
    writeFileSync(file, 'mine\n');
    const kept = await layersweep('generate', 'v4', '-o', file);
    expect([kept.exitCode, kept.stderr]).toEqual([
      1,
      `${file} is there, and not a module of layersweep's. Choose another file, or replace it with --force`,
    ]);
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
    expect((await layersweep('generate', 'v44')).stderr).toContain('Unknown strategy "v44". Did you mean "v4"?');
    writeFileSync(`${file}.json`, '{"kind":"composed"}');
    const wrong = await layersweep('generate', `${file}.json`);
    expect(wrong.stderr).toContain('is not the specification of a strategy');
    expect(wrong.stderr).not.toContain('    at ');
  });
});

describe('patch', () => {
  it('shows, puts in, takes out, and refuses what upstream cannot give', async () => {
    const root = makeCheckout();
    const shown = await layersweep('patch', root, 'v6', '--dry-run');
    expect(shown.stdout).toContain('+++ b/trainer/layersweep_layer_loss.py');
    expect(shown.stderr).toContain('warning: args.py defaults to --layer_distill_version 4');
    expect((await layersweep('patch', root, '--revert')).stdout).toBe(`${root} has no patch: nothing to do`);
    expect((await layersweep('patch', root, 'v4')).stdout).toContain(`${root}: layer distillation by v4.`);
    expect((await layersweep('patch', root, 'v4')).stdout).toBe(`${root} has v4 already: nothing to do`);
    const other = await layersweep('patch', root, 'v3', '--dry-run');
    expect(other.stderr).toContain(`${root} has v4 now, which is taken out first`);
    expect((await layersweep('patch', root, '--revert')).stdout).toBe(`${root} is as it was`);
    const refused = await layersweep('patch', root, 'by-expected-sparsity');
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      'Strategy "by-expected-sparsity" needs expected-layers, which upstream\'s trainer cannot give. Nothing was written',
    ]);
  });
});

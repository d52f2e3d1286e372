import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { importProblems } from '../../scripts/check-imports/rules.ts';

function problems(path: string, text: string): string[] {
  return importProblems(path, text, (specifier) => posix.join(posix.dirname(path), specifier));
}

describe('the import table', () => {
  test('lets a folder import itself, what it is allowed, and Node', () => {
    const text =
      "import { a } from './a.ts';\nimport type { B } from '../wire/event.ts';\nimport { join } from 'node:path';\n";
    expect(problems('src/store/journal.ts', text)).toEqual([]);
  });

  test('names the line and what would be allowed', () => {
    const text = "import { a } from './a.ts';\nexport {\n  type Engine,\n} from '../scheduler/engine.ts';\n";
    expect(problems('src/store/journal.ts', text)).toMatchInlineSnapshot(`
      [
        "src/store/journal.ts:2: src/store may import wire, found src/scheduler/engine.ts",
      ]
    `);
  });

  test('sees imports of types, imports for effect, and imports within functions', () => {
    const text =
      "import type { X } from '../cli/x.ts';\nimport '../cli/y.ts';\nconst z = await import('../cli/z.ts');\n";
    expect(problems('src/sweep/plan.ts', text)).toHaveLength(3);
  });

  test('keeps reference and torch apart, and parity from torch', () => {
    expect(problems('src/strategy/reference/index.ts', "import { a } from '../torch/literals.ts';\n")).toHaveLength(1);
    expect(problems('src/strategy/torch/index.ts', "import { a } from '../reference/index.ts';\n")).toHaveLength(1);
    expect(problems('src/parity/index.ts', "import { a } from '../strategy/torch/index.ts';\n")).toHaveLength(1);
    expect(problems('src/parity/index.ts', "import { a } from '../strategy/reference/index.ts';\n")).toEqual([]);
  });

  test('leaves wire and glue nothing but zod', () => {
    expect(problems('src/wire/event.ts', "import { z } from 'zod';\n")).toEqual([]);
    expect(problems('src/wire/event.ts', "import { join } from 'node:path';\n")).toHaveLength(1);
  });

  test('keeps printing and exit codes to src/cli', () => {
    const text = '// console.log is for src/cli\nprocess.exitCode = 1;\n';
    expect(problems('src/store/a.ts', text)).toEqual(['src/store/a.ts:2: only src/cli prints or sets an exit code']);
    expect(problems('src/cli/a.ts', text)).toEqual([]);
  });

  test('refuses a folder that it does not know, and imports from outside src', () => {
    expect(problems('src/helpers/a.ts', '')).toHaveLength(1);
    expect(problems('src/cli/a.ts', "import { a } from '../../scripts/a.ts';\n")).toHaveLength(1);
  });
});

test('the lint refuses files that import each other, be it only for types', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'layersweep-circle-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../biome.json', import.meta.url)), join(dir, 'biome.json'));
  writeFileSync(join(dir, 'one.ts'), "import type { Two } from './two.ts';\n\nexport type One = Two[];\n");
  writeFileSync(join(dir, 'two.ts'), "import type { One } from './one.ts';\n\nexport type Two = { ones: One };\n");
  const biome = fileURLToPath(new URL('../../node_modules/.bin/biome', import.meta.url));
  const { all } = await execa(biome, ['lint', '--vcs-enabled=false', '.'], { cwd: dir, reject: false, all: true });
  expect(all.match(/^\w+\.ts:\S+ lint\/suspicious\/noImportCycles/gm)).toHaveLength(2);
});

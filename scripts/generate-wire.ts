import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { argv, stderr } from 'node:process';
import { numericsVersions } from '../src/sweep/content-key.ts';
import { exitCodes } from '../src/wire/event.ts';
import { pythonDataclasses } from './wire/python.ts';
import { wireSchemas } from './wire/schema.ts';
import { pythonTasks } from './wire/tasks.ts';

const folder = 'python/layersweep/generated';

/** The Python side of src/wire and of the task table: path in the repository and text, the same bytes for the same schemas. */
export function generateWire(): { path: string; text: string }[] {
  const exits = Object.entries(exitCodes).map(([name, code]) => `    ${screaming(name)} = ${code}`);
  const text = [
    '# @generated from src/wire by scripts/generate-wire.ts; `npm run generate` writes it anew',
    '# fmt: off',
    '# ruff: noqa: E501',
    '"""What TypeScript and Python tell each other: requests, events, results, probes, exit codes."""',
    '',
    'from collections.abc import Mapping',
    'from dataclasses import dataclass',
    'from enum import IntEnum',
    'from typing import Literal, TypeAlias',
    '',
    'from layersweep.runtime import json_codec as codec',
    '',
    '',
    'class ExitCode(IntEnum):',
    ...exits,
    '',
    '',
    '# of each stage: raised when its numbers change for the same configuration',
    'NUMERICS_VERSIONS: dict[str, int] = {',
    ...Object.entries(numericsVersions).map(([stage, version]) => `    ${JSON.stringify(stage)}: ${version},`),
    '}',
    '',
    '',
    pythonDataclasses(wireSchemas()),
    '',
  ].join('\n');
  return [
    { path: `${folder}/wire.py`, text },
    { path: `${folder}/tasks.py`, text: pythonTasks() },
  ];
}

function screaming(name: string): string {
  return name.replace(/([A-Z])/g, '_$1').toUpperCase();
}

/** Writes what differs, or with `--check` only names it. */
async function main(check: boolean): Promise<void> {
  for (const { path, text } of generateWire()) {
    const file = join(import.meta.dirname, '..', path);
    const found = await readFile(file, 'utf8').catch(() => undefined);
    if (found === text) continue;
    if (check) {
      stderr.write(`${path} differs from what src asks for. Run \`node scripts/generate-wire.ts\` and commit it\n`);
      process.exitCode = 1;
    } else {
      await writeFile(file, text);
    }
  }
}

if (argv[1] === import.meta.filename) await main(argv.includes('--check'));

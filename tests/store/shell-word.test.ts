import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/store/shell-word.ts';

test.each(['/data/results', "/mnt/disk 2/it's here", '$(id)`id`;*', ''])('a shell reads %j as it was', (text) => {
  expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
});

import { existsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { namingPath } from '../../src/store/atomic-file.ts';

test.skipIf(!existsSync('/dev/full'))('a write that finds the disk full says which file it was for', () => {
  const write = () => {
    try {
      writeFileSync('/dev/full', 'text');
    } catch (error) {
      throw namingPath(error, '/results/small/sweep.json');
    }
  };
  expect(write).toThrowErrorMatchingInlineSnapshot(
    `[Error: ENOSPC: no space left on device, write '/results/small/sweep.json']`,
  );
});

import { describe, expect, test } from 'vitest';
import { explainPip } from '../../scripts/set-up/pip.ts';

const layout = { log: '.data/set-up.log' };
const explain = (...lines: string[]) => explainPip(lines, layout);

describe('what pip says at length becomes one answer', () => {
  test('for a full disk', () => {
    expect(
      explain('ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device'),
    ).toMatchInlineSnapshot(
      `"the disk is full. Free some space (df -h . $TMPDIR; TMPDIR names the folder for what is under way), then run the same command again: it goes on from here."`,
    );
  });

  test('for a registry that cannot be reached, though pip closes with another word', () => {
    expect(
      explain(
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: Failed to establish a new connection'",
        'ERROR: Could not find a version that satisfies the requirement torch==2.13.0 (from versions: none)',
        'ERROR: No matching distribution found for torch==2.13.0',
      ),
    ).toMatchInlineSnapshot(
      `"the package registry did not answer. Check the network and pip's settings (pip config list), then run the same command again: it goes on from here."`,
    );
  });

  test('for a package that is not for this machine', () => {
    expect(explain('ERROR: No matching distribution found for torch==2.13.0')).toMatchInlineSnapshot(
      `"the package registry has no torch==2.13.0 for this Python and machine. Try Python 3.11: rm -rf .venv && LAYERSWEEP_PYTHON=python3.11 npm run setup"`,
    );
  });

  test('for a file with another hash', () => {
    expect(explain('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.')).toMatchInlineSnapshot(
      `"the package registry served another file than the one this project pins. Nothing of it was used. Look at what your registry serves (pip config list), then run the same command again: it goes on from here."`,
    );
  });

  test('for anything else, with its last words and where the rest is', () => {
    expect(explain('a', '', 'b', 'c', 'd', 'ERROR: e')).toMatchInlineSnapshot(`
      "pip failed:
        b
        c
        d
        ERROR: e
      All it said is in .data/set-up.log. To start from nothing: rm -rf .venv && npm run setup"
    `);
  });
});

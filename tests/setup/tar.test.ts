import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTar } from '../../scripts/set-up/tar.ts';
import { makeTar } from './make-tar.ts';

describe('a tar archive', () => {
  test('gives the named files and nothing else', () => {
    const archive = makeTar([
      { name: 'a/', kind: '5' },
      { name: 'a/one', text: 'first' },
      { name: 'two', text: '' },
    ]);
    const files = readTar(archive, ['a/one', 'two']);
    expect([...files].map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ['a/one', 'first'],
      ['two', ''],
    ]);
  });

  test('that the system wrote is read the same', () => {
    const folder = mkdtempSync(join(tmpdir(), 'layersweep-tar-'));
    const text = 'x'.repeat(1500);
    writeFileSync(join(folder, 'file.txt'), text);
    const archive = execFileSync('tar', ['--format=ustar', '-czf', '-', '-C', folder, 'file.txt']);
    expect(readTar(archive, ['file.txt']).get('file.txt')?.toString()).toBe(text);
  });

  test('leads nowhere by a link, an absolute path or ..', () => {
    const archive = makeTar([
      { name: '/etc/passwd', text: 'bad' },
      { name: '../../escape', text: 'bad' },
      { name: 'wanted', kind: '2', link: '/etc/passwd' },
    ]);
    expect(() => readTar(archive, ['wanted'])).toThrowErrorMatchingInlineSnapshot(
      `[Error: Expected "wanted" to be a regular file in the archive]`,
    );
    const hard = makeTar([{ name: 'wanted', kind: '1', link: '/etc/passwd' }]);
    expect(() => readTar(hard, ['wanted'])).toThrow('regular file');
  });

  test('is refused where a file is missing or there twice', () => {
    expect(() => readTar(makeTar([{ name: 'one' }]), ['one', 'two'])).toThrowErrorMatchingInlineSnapshot(
      `[Error: The archive lacks two]`,
    );
    expect(() => readTar(makeTar([{ name: 'one' }, { name: 'one' }]), ['one'])).toThrow('twice');
  });

  test('is refused where it is cut short or a bit has flipped in a header', () => {
    const tar = gunzipSync(makeTar([{ name: 'one', text: 'y'.repeat(2000) }]));
    expect(() => readTar(gzipSync(tar.subarray(0, 1024)), ['one'])).toThrow('ends inside "one"');
    const flipped = Buffer.from(tar);
    flipped[3] = (flipped[3] ?? 0) ^ 1;
    expect(() => readTar(gzipSync(flipped), ['one'])).toThrow('checksum');
  });

  test('that would unpack to gigabytes is refused before that', () => {
    expect(() => readTar(gzipSync(Buffer.alloc(65 * 2 ** 20)), ['one'])).toThrow();
  });

  test('is never read beyond what it is, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => {
        expect(() => readTar(gzipSync(bytes), ['one'])).toThrow(Error);
      }),
    );
  });

  test('returns what was written, for any names and texts', () => {
    const name = fc.stringMatching(/^[a-z]{1,20}(\/[a-z]{1,20}){0,2}$/);
    const entries = fc.uniqueArray(fc.record({ name, text: fc.string() }), {
      selector: (entry) => entry.name,
      minLength: 1,
    });
    fc.assert(
      fc.property(entries, (list) => {
        const files = readTar(
          makeTar(list),
          list.map((entry) => entry.name),
        );
        expect([...files].map(([found, bytes]) => ({ name: found, text: bytes.toString() }))).toEqual(
          list.map((entry) => ({ ...entry, text: Buffer.from(entry.text).toString() })),
        );
      }),
    );
  });
});

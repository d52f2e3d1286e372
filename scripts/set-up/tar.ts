import { gunzipSync } from 'node:zlib';

const blockBytes = 512;
const largestArchiveBytes = 64 * 2 ** 20;

/**
 * Reads the named regular files out of a gzipped tar archive (POSIX ustar), into memory: no path of the archive is ever
 * made on disk, so links, absolute paths and `..` lead nowhere. Throws where a file is missing, doubled or no regular file.
 */
export function readTar(archive: Buffer, names: readonly string[]): Map<string, Buffer> {
  const tar = gunzipSync(archive, { maxOutputLength: largestArchiveBytes });
  const wanted = new Set(names);
  const files = new Map<string, Buffer>();
  let offset = 0;
  while (offset + blockBytes <= tar.length) {
    const header = tar.subarray(offset, offset + blockBytes);
    if (header.every((byte) => byte === 0)) break;
    const entry = readHeader(header);
    const start = offset + blockBytes;
    if (start + entry.bytes > tar.length) throw new Error(`The archive ends inside ${JSON.stringify(entry.name)}`);
    if (wanted.has(entry.name)) {
      if (!entry.isFile) throw new Error(`Expected ${JSON.stringify(entry.name)} to be a regular file in the archive`);
      if (files.has(entry.name)) throw new Error(`The archive holds ${JSON.stringify(entry.name)} twice`);
      files.set(entry.name, Buffer.from(tar.subarray(start, start + entry.bytes)));
    }
    offset = start + Math.ceil(entry.bytes / blockBytes) * blockBytes;
  }
  const missing = names.filter((name) => !files.has(name));
  if (missing.length > 0) throw new Error(`The archive lacks ${missing.join(', ')}`);
  return files;
}

function readHeader(header: Buffer): { name: string; bytes: number; isFile: boolean } {
  const checksum = octal(header, 148, 8);
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (checksum !== sum) throw new Error('The archive is damaged: a checksum does not hold');
  const isUstar = text(header, 257, 5) === 'ustar';
  const prefix = isUstar ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  const kind = text(header, 156, 1);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    bytes: octal(header, 124, 12),
    isFile: kind === '0' || kind === '',
  };
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, length).trim();
  if (!/^[0-7]+$/.test(digits))
    throw new Error(`The archive is damaged: expected octal digits, found ${JSON.stringify(digits)}`);
  return Number.parseInt(digits, 8);
}

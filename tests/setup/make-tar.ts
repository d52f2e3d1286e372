import { gzipSync } from 'node:zlib';

export type TarEntry = {
  readonly name: string;
  readonly text?: string;
  readonly kind?: '0' | '1' | '2' | '5';
  readonly link?: string;
};

/** A gzipped ustar archive, written field by field, so that it can hold what tar programs refuse to write. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  return gzipSync(Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(1024)]));
}

function entryBlocks({ name, text = '', kind = '0', link = '' }: TarEntry): Buffer[] {
  const body = Buffer.from(text);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write(`${'0'.repeat(11)}\0`, 136);
  header.write(' '.repeat(8), 148);
  header.write(kind, 156);
  header.write(link, 157, 100);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}

import { isUtf8 } from 'node:buffer';

export type OtherByte = {
  /** 1-based. */
  readonly line: number;
  /** Where that line starts, in bytes. */
  readonly lineStart: number;
  /** What was expected, and what is at which byte of the line. */
  readonly message: string;
};

const lineFeed = 10;

/** The first byte that makes text something other than UTF-8. */
export function otherThanUtf8(bytes: Buffer): OtherByte | undefined {
  if (isUtf8(bytes)) return undefined;
  let lineStart = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(lineFeed, lineStart) + 1 || bytes.length;
    const text = bytes.subarray(lineStart, end);
    if (!isUtf8(text)) return { line, lineStart, message: byteMessage(text) };
    lineStart = end;
  }
}

function byteMessage(line: Buffer): string {
  const decoded = Buffer.from(line.toString('utf8'), 'utf8');
  const at = Math.max(
    0,
    line.findIndex((byte, i) => byte !== decoded[i]),
  );
  return `expected UTF-8 text, found byte 0x${line.toString('hex', at, at + 1)} at position ${at + 1}`;
}

import { maskSecrets } from '../store/secrets.ts';

/** Tells `masked-program.ts` what to mask: as JSON, and in the environment, which other users cannot read. */
export const secretsVariable = 'LAYERSWEEP_SECRETS';

export type MaskedLines = {
  /** What may be written now that these bytes have come: whole lines. */
  readonly push: (bytes: Buffer) => Buffer;
  /** The last line, where it was never completed. */
  readonly rest: () => Buffer;
};

/** A line longer than this is written in parts, of which the end is kept back: a secret may go on in the next one. */
const longLineBytes = 65_536;
const keptBackBytes = 8192;

/** Masks a program's output as it comes; what holds no secret keeps its bytes. A progress bar's `\r` ends a line too. */
export function maskedLines(secrets: readonly string[]): MaskedLines {
  let pending: Buffer = Buffer.alloc(0);

  function take(length: number): Buffer {
    const masked = maskBytes(pending.subarray(0, length), secrets);
    pending = pending.subarray(length);
    return masked;
  }

  return {
    push: (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      const end = Math.max(pending.lastIndexOf(0x0a), pending.lastIndexOf(0x0d)) + 1;
      const lines = end > 0 ? take(end) : Buffer.alloc(0);
      if (pending.length <= longLineBytes) return lines;
      pending = maskBytes(pending, secrets);
      const part = pending.subarray(0, -keptBackBytes);
      pending = pending.subarray(-keptBackBytes);
      return Buffer.concat([lines, part]);
    },
    rest: () => take(pending.length),
  };
}

function maskBytes(bytes: Buffer, secrets: readonly string[]): Buffer {
  const text = bytes.toString('utf8');
  const masked = maskSecrets(text, secrets);
  return masked === text ? bytes : Buffer.from(masked);
}

import { readFile } from 'node:fs/promises';
import { z } from 'zod';

export type TensorFile = {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
};

/** Row-major values, widened to float64 without loss (64-bit integers beyond 2^53 excepted). */
export type Tensor = { readonly shape: readonly number[]; readonly data: Float64Array };

/** A file that is not what it should be; the message names it and what was expected. */
export class TensorFileError extends Error {
  override readonly name = 'TensorFileError';
}

/**
 * Reads a safetensors file of numbers. Format: 8 bytes of header length, a JSON header, the tensors' bytes; little-endian.
 *
 * @throws TensorFileError where the file is absent, cut short, or of another format.
 */
export async function readSafetensors(path: string): Promise<TensorFile> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new TensorFileError(`${path}: cannot be read (${cause instanceof Error ? cause.message : String(cause)})`, {
      cause,
    });
  });
  const { header, start } = parseHeader(path, bytes);
  const { __metadata__: metadata, ...entries } = header;
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(entries)) {
    tensors.set(name, readTensor(`${path}: tensor "${name}"`, tensorSchema, entry, bytes.subarray(start)));
  }
  return { tensors, metadata: metadata ?? {} };
}

const dtypeSizes = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, BOOL: 1 } as const;
type Dtype = keyof typeof dtypeSizes;

const tensorSchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});
const headerSchema = z.looseObject({ __metadata__: z.record(z.string(), z.string()).optional() });

function parseHeader(path: string, bytes: Buffer): { header: z.infer<typeof headerSchema>; start: number } {
  const foreign = (found: string) =>
    new TensorFileError(
      `${path}: expected a safetensors file, found ${found}. It may be cut short or of another format`,
    );
  if (bytes.length < 8) throw foreign(`${bytes.length} bytes`);
  const length = bytes.readBigUInt64LE(0);
  if (length > BigInt(bytes.length - 8)) throw foreign(`a header of ${length} bytes in a file of ${bytes.length}`);
  const start = 8 + Number(length);
  try {
    return { header: headerSchema.parse(JSON.parse(bytes.toString('utf8', 8, start))), start };
  } catch (cause) {
    throw new TensorFileError(foreign('a header that is no JSON object').message, { cause });
  }
}

function readTensor(what: string, schema: typeof tensorSchema, entry: unknown, body: Buffer): Tensor {
  const parsed = schema.safeParse(entry);
  if (!parsed.success) throw new TensorFileError(`${what} has a malformed header entry`);
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  if (!isDtype(dtype)) {
    throw new TensorFileError(`${what} is of type ${dtype}; expected one of ${Object.keys(dtypeSizes).join(', ')}`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const [from, to] = offsets;
  if (to - from !== count * dtypeSizes[dtype]) {
    throw new TensorFileError(
      `${what} of shape [${shape.join(', ')}] has ${to - from} bytes; expected ${count * dtypeSizes[dtype]}`,
    );
  }
  if (to > body.length)
    throw new TensorFileError(`${what} ends at byte ${to} of ${body.length}: the file is cut short`);
  return { shape, data: decode(dtype, body.subarray(from, to), count) };
}

function isDtype(name: string): name is Dtype {
  return Object.hasOwn(dtypeSizes, name);
}

function decode(dtype: Dtype, bytes: Buffer, count: number): Float64Array {
  const at = elementReader(dtype, bytes);
  return Float64Array.from({ length: count }, (_, index) => at(index));
}

function elementReader(dtype: Dtype, bytes: Buffer): (index: number) => number {
  switch (dtype) {
    case 'F64':
      return (index) => bytes.readDoubleLE(8 * index);
    case 'F32':
      return (index) => bytes.readFloatLE(4 * index);
    case 'F16':
      return (index) => halfToNumber(bytes.readUInt16LE(2 * index));
    case 'BF16':
      return (index) => brainToNumber(bytes.readUInt16LE(2 * index));
    case 'I64':
      return (index) => Number(bytes.readBigInt64LE(8 * index));
    case 'I32':
      return (index) => bytes.readInt32LE(4 * index);
    case 'U8':
    case 'BOOL':
      return (index) => bytes.readUInt8(index);
    default:
      dtype satisfies never;
      throw new Error('unreachable dtype');
  }
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

// bfloat16 is the upper half of a float32.
function brainToNumber(bits: number): number {
  brainView.setUint32(0, bits * 65536);
  return brainView.getFloat32(0);
}

const brainView = new DataView(new ArrayBuffer(4));

import { createHash } from 'node:crypto';
import type { Strategy } from './specification/strategy.ts';

/** A strategy's specification as canonical JSON: keys sorted, no spaces. Equal strategies have equal text. */
export function canonicalJson(strategy: Strategy): string {
  return encode(strategy);
}

/** SHA-256 of the canonical JSON in UTF-8, hexadecimal. */
export function strategySha256(strategy: Strategy): string {
  return createHash('sha256').update(canonicalJson(strategy)).digest('hex');
}

function encode(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(encode).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${encode(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

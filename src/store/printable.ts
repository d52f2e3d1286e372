import { stripVTControlCharacters } from 'node:util';

/** What a program has said as one line, without what would act on a terminal. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

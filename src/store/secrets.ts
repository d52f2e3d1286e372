import { readFileIfAny, writeFileAtomic } from './atomic-file.ts';

const mask = '***';
/** Names of variables, options and headers whose values nobody else should read; `max_tokens` is not one. */
const words = 'token|secret|passw(?:or)?d|passphrase|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|auth';
const secretName = new RegExp(`(?:(?:^|[_-])(?:${words})|secret|passw(?:or)?d|passphrase)(?:$|[_-])`, 'i');
/** Names of places where secrets lie: what an agent's socket is called, every desktop's environment says. */
const placeName = /[_-](?:sock|file|path|dir)$/i;
/** Names whose values are secret though they are numbers, which a count of tokens is not. */
const secretNumberName = /(?:secret|passw(?:or)?d|passphrase|api[_-]?key)(?:$|[_-])/i;
/** A shorter value would hide ordinary words. */
const minSecretLength = 6;

// Lines may be of any length: no pattern may look twice at the same run of characters.
/** `NAME=value`, `"name": "value"`, `--name value`, where the name ends in one of those and the value is no number. */
const assignment = new RegExp(
  `((?:(?:${words})["']?\\s{0,9}[=:]\\s{0,9})|(?:--(?:[\\w-]{0,40}-)?(?:${words})\\s{1,9}))(["']?)(?![\\d.]+\\b)[^\\s"',;&*]{${minSecretLength},}\\2`,
  'gi',
);
const bearer = /\b(Bearer|Basic)\s{1,9}[\w.~+/=-]{6,}/g;
const passwordInUrl = /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,200}:)[^\s/@]{1,2000}@/gi;
/** As Hugging Face, GitHub, OpenAI, AWS and Slack write theirs. */
const wellKnown =
  /\b(?:hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|sk-[\w-]{20,}|AKIA[A-Z0-9]{16}|xox[abp]-[\w-]{10,})\b/g;

/** The values, in an environment or among parameters, that must not be written anywhere, as `maskSecrets` takes them. */
export function secretsIn(values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
  return joinSecrets(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'string') return isSecretName(name) ? formsOf(value) : [];
      return typeof value === 'number' && secretNumberName.test(name) ? [String(value)] : [];
    }),
  );
}

/** Values among the words of a command that have such a name: `--token X`, `--token=X`, `TOKEN=X`. */
export function secretsInWords(words: readonly string[]): string[] {
  return joinSecrets(
    words.map((word, i) => {
      const [, dashes = '', name = '', joined] = /^(-{0,2})([\w-]+?)(?:=(.*))?$/s.exec(word) ?? [];
      const value = joined ?? (dashes === '' ? '' : (words[i + 1] ?? ''));
      return isSecretName(name) && !value.startsWith('${') ? formsOf(value) : [];
    }),
  );
}

/** Each once, the longest first: of one that holds another nothing may be left. */
export function joinSecrets(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())]
    .filter((value) => value.length >= minSecretLength)
    .sort((a, b) => b.length - a.length);
}

/** `authToken` as `auth_token`. */
function isSecretName(name: string): boolean {
  return secretName.test(name.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')) && !placeName.test(name);
}

/** As it is, as JSON and Python write it, in a URL, and line by line. */
function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const python = json.replaceAll('\\"', '"');
  const inUrl = value.isWellFormed() ? encodeURIComponent(value) : value;
  return [value, json, python, python.replaceAll("'", "\\'"), inUrl, ...value.split(/[\r\n]+/)];
}

/** Masks secrets by value and by name. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return maskValues(text, secrets)
    .replaceAll(wellKnown, mask)
    .replaceAll(bearer, `$1 ${mask}`)
    .replaceAll(passwordInUrl, `$1${mask}@`)
    .replaceAll(assignment, `$1$2${mask}$2`);
}

/** By value only, which cannot break what has a syntax of its own; in YAML a star begins an alias. */
export function maskValues(text: string, secrets: readonly string[], by: '***' | 'withheld' = mask): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, by), text);
}

/** The same of every text in a JSON value, and of numbers that are secrets. */
export function maskJson(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskValues(value, secrets);
  if (typeof value === 'number') return secrets.includes(String(value)) ? mask : value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [maskValues(name, secrets), maskJson(item, secrets)]),
  );
}

/** Masks an ended attempt's log where it lies; one without secrets is left as it is. */
export function maskFile(path: string, hide: (text: string) => string): void {
  const text = readFileIfAny(path);
  if (text === undefined || text === '') return;
  const masked = hide(text);
  if (masked !== text) writeFileAtomic(path, masked);
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinSecrets, maskJson, maskSecrets, secretsIn, secretsInWords } from '../../src/store/secrets.ts';

test('secrets are the values of variables with telling names', () => {
  const env = {
    HF_TOKEN: 'hf_abcdef',
    DB_PASSWORD: 'hunter2hunter2',
    WANDB_API_KEY: '0123456789abcdef',
    PATH: '/usr/bin',
    SHORT_TOKEN: 'x',
    MAX_TOKENS: '1234567',
    PGPASSWORD: 'of-postgres',
    authToken: 'camel-case',
    SSH_AUTH_SOCK: '/run/ssh-agent.1',
    HF_TOKEN_PATH: '/srv/keys/token',
  };
  expect(secretsIn(env)).toEqual(['0123456789abcdef', 'hunter2hunter2', 'of-postgres', 'camel-case', 'hf_abcdef']);
});

test('a number is a secret where its name says password, not where it says token', () => {
  expect(secretsIn({ password: 12345678, token: 87654321 })).toEqual(['12345678']);
});

test('a secret is masked in each way in which a program may write it, whatever characters it has', () => {
  const value = `it's "quoted" \\ and\nof two lines`;
  const secrets = secretsIn({ PASSWORD: value });
  const python = `'it\\'s "quoted" \\\\ and\\nof two lines'`;
  for (const text of [value, JSON.stringify({ a: value }), encodeURIComponent(value), python, 'of two lines']) {
    expect(maskSecrets(text, secrets)).not.toMatch(/quoted|two/);
  }
});

test('of a secret that begins with another nothing is left', () => {
  const secrets = joinSecrets([secretsIn({ TOKEN: 'abcdef' }), secretsInWords(['--password', 'abcdefghij'])]);
  expect(maskSecrets('abcdefghij abcdef', secrets)).toBe('*** ***');
});

test('a JSON value stays one when a secret is part of a number, or is one', () => {
  const secrets = secretsIn({ API_KEY: '123456', PASSWORD: 'a"quote' });
  const value = { seed: 1234567, key: 123456, text: 'a"quote', list: ['123456', true, null] };
  expect(maskJson(value, secrets)).toEqual({ seed: 1234567, key: '***', text: '***', list: ['***', true, null] });
});

// A pattern that looks twice at a long run of characters takes minutes here.
test.each(['a', '-', 'a.', 'token="', 'http://a:', 'Bearer '])(
  'a line of hundred thousands of %j is masked',
  (part) => {
    expect(maskSecrets(part.repeat(300_000), ['unrelated'])).toBeTruthy();
  },
);

test.each([
  ['HF_TOKEN=abcdef123456 python train.py', 'HF_TOKEN=*** python train.py'],
  ['--api-key abcdef123456 --lr 0.1', '--api-key *** --lr 0.1'],
  ['--api-key=abcdef123456', '--api-key=***'],
  ['{"password": "correct horse"}', '{"password": "correct horse"}'],
  ['{"password": "correcthorse"}', '{"password": "***"}'],
  ['Authorization: Bearer eyJhbGciOi.J9.x-y', 'Authorization: Bearer ***'],
  ['proxy http://me:secret99@proxy:3128', 'proxy http://me:***@proxy:3128'],
  ['queue redis://:secret99@queue:6379', 'queue redis://:***@queue:6379'],
  ['the key hf_AbCdEfGhIjKlMnOpQrStUvWx was refused', 'the key *** was refused'],
  ['max_tokens: 1234567, token: 1234567', 'max_tokens: 1234567, token: 1234567'],
  ['step 100 loss 0.123456, the author: Somebody', 'step 100 loss 0.123456, the author: Somebody'],
])('%s becomes %s', (text, masked) => {
  expect(maskSecrets(text, [])).toBe(masked);
});

test('no secret value is left in any text, and masking twice changes nothing', () => {
  const secret = fc.stringMatching(/^[A-Za-z0-9]{8,20}$/);
  fc.assert(
    fc.property(fc.string(), secret, fc.string(), (before, value, after) => {
      const masked = maskSecrets(`${before}${value}${after}`, [value]);
      expect(masked).not.toContain(value);
      expect(maskSecrets(masked, [value])).toBe(masked);
    }),
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maskSecrets, secretsIn } from '../../src/store/secrets.ts';

test('secrets are the values of variables with telling names', () => {
  const env = {
    HF_TOKEN: 'hf_abcdef',
    DB_PASSWORD: 'hunter2hunter2',
    WANDB_API_KEY: '0123456789abcdef',
    PATH: '/usr/bin',
    SHORT_TOKEN: 'x',
    MAX_TOKENS: '1234567',
  };
  expect(secretsIn(env)).toEqual(['0123456789abcdef', 'hunter2hunter2', 'hf_abcdef']);
});

test.each([
  ['HF_TOKEN=abcdef123456 python train.py', 'HF_TOKEN=*** python train.py'],
  ['--api-key abcdef123456 --lr 0.1', '--api-key *** --lr 0.1'],
  ['--api-key=abcdef123456', '--api-key=***'],
  ['{"password": "correct horse"}', '{"password": "correct horse"}'],
  ['{"password": "correcthorse"}', '{"password": "***"}'],
  ['Authorization: Bearer eyJhbGciOi.J9.x-y', 'Authorization: Bearer ***'],
  ['proxy http://me:secret99@proxy:3128', 'proxy http://me:***@proxy:3128'],
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

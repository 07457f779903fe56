import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redactor } from '../../../vault/redactor';
import { ensure, holds } from '../../support/properties';

function knowing(...secrets: readonly string[]): Redactor {
  const redactor = new Redactor();
  redactor.learn(secrets);
  return redactor;
}

describe('the redactor', () => {
  test('takes a secret out in every spelling: as it is, in JSON, in a URL, in a form, in a header', () => {
    const secret = 'p"ass w/ord';
    const inHeader = Buffer.from(secret).toString('base64');
    const spellings = [
      secret,
      JSON.stringify({ secret }),
      `https://x/?p=${encodeURIComponent(secret)}`,
      'p%22ass+w%2Ford',
      inHeader,
    ];
    for (const text of spellings) expect(knowing(secret).text(text)).toContain('***');
    for (const text of spellings) expect(knowing(secret).text(text)).not.toMatch(/ass|w%2F/);
  });

  test('leaves nothing of a secret that has another one in it', () => {
    expect(knowing('s3cret', 's3cret-and-more').text('it is s3cret-and-more')).toBe('it is ***');
  });

  test('goes through JSON: texts, numbers, names of members, lists', () => {
    const value = { list: ['a s3cret', 1, null, true], s3cret: { pin: 123_456 } };
    expect(knowing('s3cret', '123456').json(value)).toEqual({ list: ['a ***', 1, null, true], '***': { pin: '***' } });
    expect(knowing().json(value)).toBe(value);
  });

  test('does not take what is too short to be told from other words', () => {
    expect(knowing('abc').text('abcdef')).toBe('abcdef');
  });

  test('leaves no secret in any JSON that holds it somewhere', () => {
    const secrets = fc.string({ minLength: 8 }).filter((text) => text.trim().length >= 8 && !'***'.includes(text));
    holds(
      fc.property(secrets, fc.string(), fc.string(), (secret, before, after) => {
        const clean = knowing(secret).json({ deep: [{ text: `${before}${secret}${after}` }] });
        ensure(!JSON.stringify(clean).includes(JSON.stringify(secret).slice(1, -1)), 'the secret is gone');
      }),
      { runs: 200 },
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { masked, parseConnection } from '../../../vault';

const blank = { id: 'c', host: null, port: null, login: null, password: null, path: null, extra: {} };

describe('a connection', () => {
  test.each<[string, object]>([
    [
      'postgres://ada:s%3Acret%40@db.example:5432/shop?sslmode=require',
      {
        ...{ type: 'postgres', host: 'db.example', port: 5432, login: 'ada', password: 's:cret@', path: 'shop' },
        extra: { sslmode: 'require' },
      },
    ],
    ['https://api.example/v1', { type: 'https', host: 'api.example', path: 'v1' }],
    ['smtp://mail.example', { type: 'smtp', host: 'mail.example' }],
    ['SQLite:///var/data.db', { type: 'sqlite', path: 'var/data.db' }],
    ['s3+http://?region=eu', { type: 's3+http', extra: { region: 'eu' } }],
    [
      ' {"type":"HTTP","host":"a","port":80,"extra":{"token":"t0ken","retries":3}} ',
      { type: 'http', host: 'a', port: 80, extra: { token: 't0ken', retries: '3' } },
    ],
    ['{"type":"webhook"}', { type: 'webhook' }],
  ])('%s is read', (text, parts) => {
    expect(parseConnection('c', text)).toEqual({ ...blank, ...parts });
  });

  test.each([
    ['s3cret-value', 'it begins with no "type://"'],
    ['postgres://ada:s3cret-value/x@host', 'cannot be read'],
    ['postgres://ada:s3cret-value%@host', 'two hex digits'],
    ['{"type":"x","password":"s3cret-value"', 'is none'],
    ['{"kind":"s3cret-value"}', 'no part "kind"'],
    ['{"password":"s3cret-value"}', 'it has no "type"'],
    ['{"type":"x","password":"s3cret-value","port":"no"}', 'no port number'],
  ])('%s is refused without being quoted', (text, why) => {
    const read = () => parseConnection('shop_db', text);
    expect(read).toThrow(expect.objectContaining({ code: 'bad_connection', message: expect.stringContaining(why) }));
    expect(read).not.toThrow('s3cret-value');
  });

  test('is shown without its password and its secret extras', () => {
    const shown = masked(parseConnection('c', 'https://ada:s3cret@a/?api_key=k3y&secret=x&region=eu'));
    expect(shown).toMatchObject({
      login: 'ada',
      password: '***',
      extra: { api_key: '***', secret: '***', region: 'eu' },
    });
    expect(masked(parseConnection('c', 'https://a')).password).toBeNull();
  });
});

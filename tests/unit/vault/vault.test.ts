import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { vaultOf } from '../../../vault';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-vault-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function secretsFile(content: string): string {
  const path = join(folder, 'secrets.yaml');
  writeFileSync(path, content);
  return path;
}

/** A program that knows one secret, and notes each call. */
function program(body = 'if [ "$2" = shop_db ]; then echo "postgres://ada:from-program@host"; fi'): string {
  const path = join(folder, 'program');
  writeFileSync(path, `#!/bin/sh\necho "$1 $2" >> ${join(folder, 'calls')}\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the order of sources', () => {
  const env = { TIDEMILL_CONN_SHOP_DB: 'postgres://ada:from-env@host', TIDEMILL_VAR_LIMIT: '7' };

  test('is the environment, the file, the secrets command', async () => {
    const file = secretsFile(
      'connections:\n  shop.db: postgres://ada:from-file@host\n  other: { type: http, host: a }\n',
    );
    const all = { ...env, TIDEMILL_SECRETS_FILE: file, TIDEMILL_SECRETS_COMMAND: program() };
    const passwordOf = async (vaultEnv: NodeJS.ProcessEnv, id = 'shop.db') =>
      (await vaultOf({ env: vaultEnv }).connection(id)).password;

    expect(await passwordOf(all)).toBe('from-env');
    expect(await passwordOf({ ...all, TIDEMILL_CONN_SHOP_DB: '' })).toBe('from-file');
    expect(await passwordOf({ TIDEMILL_SECRETS_COMMAND: all.TIDEMILL_SECRETS_COMMAND }, 'shop_db')).toBe(
      'from-program',
    );
    expect(await vaultOf({ env: all }).sourceOf('connection', 'other')).toBe(`file ${file}`);
  });

  test('lists what can be listed, each once, with where it comes from', () => {
    const file = secretsFile('connections: { shop_db: "x://y" }\nvariables: { limit: 8, name: Ada }\n');
    const vault = vaultOf({ env: { ...env, TIDEMILL_SECRETS_FILE: file } });
    expect(vault.list('connection')).toEqual([{ id: 'shop_db', source: 'environment' }]);
    expect(vault.list('variable')).toEqual([
      { id: 'limit', source: 'environment' },
      { id: 'name', source: `file ${file}` },
    ]);
  });

  test('takes the file of the home when none is named', async () => {
    secretsFile('variables:\n  limit: 8\n  window: { days: 3 }\n');
    const vault = vaultOf({ env: {}, home: folder });
    expect([await vault.variable('limit'), await vault.variable('window')]).toEqual(['8', '{"days":3}']);
  });
});

describe('what is not there', () => {
  test('is told with the nearest name and the places that were looked in', async () => {
    const vault = vaultOf({ env: { TIDEMILL_CONN_SHOP_DB: 'x://y', TIDEMILL_VAR_LIMIT: '7' } });
    await expect(vault.connection('shop_bd')).rejects.toMatchObject({
      code: 'unknown_connection',
      message: 'There is no connection "shop_bd" (looked in: environment). Did you mean "shop_db"?',
    });
    await expect(vault.variable('limt')).rejects.toMatchObject({ code: 'unknown_variable' });
  });

  test.each([
    ['connections: [1', 'line 1 is no YAML'],
    ['connection:\n  a: "s3cret"', '"connection" is none'],
    ['- a', 'its sections are'],
    ['connections: 5', 'connections is no list'],
  ])('a file that says %j is refused without being quoted', async (content, why) => {
    const file = secretsFile(content);
    const vault = vaultOf({ env: { TIDEMILL_SECRETS_FILE: file } });
    await expect(vault.connection('a')).rejects.toMatchObject({
      code: 'bad_secrets_file',
      message: expect.stringContaining(why),
    });
    await expect(vault.connection('a')).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  });

  test('a file that is named and missing is an error', async () => {
    const vault = vaultOf({ env: { TIDEMILL_SECRETS_FILE: join(folder, 'none.yaml') } });
    await expect(vault.learnAll()).rejects.toMatchObject({ message: expect.stringContaining('does not exist') });
  });
});

describe('the secrets command', () => {
  const commandVault = (command: string, more: NodeJS.ProcessEnv = {}) =>
    vaultOf({ env: { TIDEMILL_SECRETS_COMMAND: command, ...more } });

  test('is asked once for an answer, however many ask, and again when its cache is over', async () => {
    const command = program();
    const vault = commandVault(command);
    await Promise.all([vault.connection('shop_db'), vault.connection('shop_db'), vault.connection('shop_db')]);
    const fresh = commandVault(command, { TIDEMILL_SECRETS_CACHE: '0 seconds' });
    await fresh.connection('shop_db');
    await fresh.connection('shop_db');
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('connection shop_db\n'.repeat(3));
  });

  test('may have arguments of its own, and gets an id as it is, whatever the shell makes of such', async () => {
    const vault = commandVault(`${program('echo "x://$1-host"')} `);
    expect((await vault.connection('a; touch /tmp/x $(id)')).host).toBe('connection-host');
    expect(readFileSync(join(folder, 'calls'), 'utf8')).toBe('connection a; touch /tmp/x $(id)\n');
  });

  test.each([
    ['exit 3', {}, 'it ended with 3'],
    ['echo s3cret-error >&2; exit 1', {}, 'it ended with 1'],
    ['sleep 60', { TIDEMILL_SECRETS_TIMEOUT: '200 milliseconds' }, 'it took longer than 0.2 s'],
    ['yes', {}, 'it printed more than'],
    ['kill -9 $$', {}, 'it ended with 137'],
  ])('that does %s fails for now, and says nothing of what it printed', async (body, env, why) => {
    const asked = commandVault(program(body), env).connection('shop_db');
    await expect(asked).rejects.toMatchObject({
      code: 'secrets_command_failed',
      retryable: true,
      details: { why: expect.stringContaining(why) },
    });
    await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') });
  });

  test('that failed is asked again', async () => {
    const vault = commandVault(program(`[ "$(wc -l < ${join(folder, 'calls')})" = 1 ] && exit 1; echo x://host`));
    await expect(vault.connection('a')).rejects.toMatchObject({ code: 'secrets_command_failed' });
    expect((await vault.connection('a')).host).toBe('host');
  });
});

describe('secrets that were given away', () => {
  test('are known from then on; those that can be listed, from the beginning', async () => {
    const vault = vaultOf({
      env: {
        TIDEMILL_CONN_SHOP_DB: 'postgres://ada:pass-w0rd@host?api_key=k3y-value',
        TIDEMILL_VAR_API_TOKEN: 't0ken-value',
        TIDEMILL_VAR_CITY: 'Berlin',
        TIDEMILL_CONN_BROKEN: 'nothing',
      },
    });
    await vault.learnAll();
    const text = `pass-w0rd k3y-value t0ken-value Berlin ${Buffer.from('ada:pass-w0rd').toString('base64')}`;
    expect(vault.redactor.text(text)).toBe('*** *** *** Berlin ***');
  });

  test('a variable from the secrets command is a secret, whatever its name', async () => {
    const vault = vaultOf({ env: { TIDEMILL_SECRETS_COMMAND: program('echo Hamburg') } });
    expect(await vault.variable('city')).toBe('Hamburg');
    expect(vault.redactor.text('to Hamburg')).toBe('to ***');
  });

  test('one too short to be kept out of logs is refused', async () => {
    const vault = vaultOf({ env: { TIDEMILL_CONN_A: 'x://ada:abc@host', TIDEMILL_VAR_PASSWORD: 'abc' } });
    await expect(vault.connection('a')).rejects.toMatchObject({ code: 'secret_too_short' });
    await expect(vault.variable('password')).rejects.toMatchObject({ code: 'secret_too_short' });
  });
});

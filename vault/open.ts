import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { durationMs } from '../engine';
import { commandSource, environmentSource, fileSource, type Source } from './sources';
import { Vault } from './vault';

/** Where a process looks for connections and variables. */
export interface VaultOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Holds `secrets.yaml`, unless TIDEMILL_SECRETS_FILE names another file. */
  readonly home?: string;
}

const usualTimeout = '10 seconds';
const usualCache = '5 minutes';

/** Opens a process's vault: its secrets that can be listed are known from here on. */
export async function openVault(options: VaultOptions = {}): Promise<Vault> {
  const vault = vaultOf(options);
  await vault.learnAll();
  return vault;
}

/** A vault over the sources in their order: the environment, the file, the secrets command (ADR 0081). */
export function vaultOf({ env = process.env, home }: VaultOptions = {}): Vault {
  const sources: Source[] = [environmentSource(env)];
  const usual = home === undefined ? null : join(home, 'secrets.yaml');
  const file = env.TIDEMILL_SECRETS_FILE ?? (usual !== null && existsSync(usual) ? usual : null);
  if (file !== null && file !== '') sources.push(fileSource(file));
  const command = env.TIDEMILL_SECRETS_COMMAND ?? '';
  if (command !== '') {
    const timeoutMs = durationMs((env.TIDEMILL_SECRETS_TIMEOUT ?? usualTimeout) as never, 'TIDEMILL_SECRETS_TIMEOUT');
    const cacheMs = durationMs((env.TIDEMILL_SECRETS_CACHE ?? usualCache) as never, 'TIDEMILL_SECRETS_CACHE');
    sources.push(commandSource({ command, timeoutMs, cacheMs }));
  }
  return new Vault(sources);
}

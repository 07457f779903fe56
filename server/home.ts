import { join, resolve } from 'node:path';

/** Where Tidemill keeps its cache and state: TIDEMILL_HOME, else `.tidemill` in the current folder. Absolute. */
export function tidemillHome(env: NodeJS.ProcessEnv = process.env, cwd: string = process.cwd()): string {
  const given = env.TIDEMILL_HOME;
  return given === undefined || given === '' ? join(cwd, '.tidemill') : resolve(cwd, given);
}

/** Programs and packages that can be fetched again: may be deleted at any time, may be shared by clones. */
export function cacheFolder(home: string): string {
  return join(home, 'cache');
}

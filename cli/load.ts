/**
 * The heavy rooms, loaded when a command needs them, so that `--help` and a usage error cost none.
 * By `require`: under the launcher's CommonJS hook an `import()` would go to Node's own loader, which
 * knows no TypeScript.
 */
export const load = {
  activities: () => require('../activities') as typeof import('../activities'),
  client: () => require('../client') as typeof import('../client'),
  engine: () => require('../engine') as typeof import('../engine'),
  runner: () => require('../runner') as typeof import('../runner'),
  server: () => require('../server') as typeof import('../server'),
  svg: () => require('./dag-svg') as typeof import('./dag-svg'),
  vault: () => require('../vault') as typeof import('../vault'),
  warehouse: () => require('../warehouse') as typeof import('../warehouse'),
  worker: () => require('../worker') as typeof import('../worker'),
  yaml: () => require('yaml') as typeof import('yaml'),
} as const;

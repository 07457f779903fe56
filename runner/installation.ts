import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EngineBug } from '../engine';

/** The folder in which Tidemill itself is installed: where `package.json` and our own `dags/` and `sql/` are. */
export const installationFolder = findInstallation(__dirname);

function findInstallation(from: string): string {
  if (existsSync(join(from, 'package.json')) && existsSync(join(from, 'engine'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new EngineBug('the installation folder was not found');
  return findInstallation(parent);
}

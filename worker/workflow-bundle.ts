import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { installationFolder } from '../runner';

/** Where a package brings its bundle along; a checkout has none and makes it when it is needed. */
const shippedFolder = join(installationFolder, 'dist', 'workflow-bundles');

/**
 * The workflows' bundle: the one that the package brought along, or one made once per state of the
 * code and kept, because bundling costs more than all else at start-up.
 */
export async function workflowBundle(home: string): Promise<string> {
  const name = await bundleName();
  const folder = join(home, 'cache', 'workflow-bundles');
  for (const place of [shippedFolder, folder]) {
    const present = await readFile(join(place, name), 'utf8').catch(() => null);
    if (present !== null) return present;
  }
  return await writeBundle(folder, name);
}

/** Makes the bundle that is shipped with the package. */
export async function shipWorkflowBundle(): Promise<string> {
  const name = await bundleName();
  await writeBundle(shippedFolder, name);
  return join(shippedFolder, name);
}

async function writeBundle(folder: string, name: string): Promise<string> {
  const workflowsPath = join(installationFolder, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.${process.pid}`), code);
  await rename(join(folder, `${name}.${process.pid}`), join(folder, name));
  return code;
}

/** Named by what it is made of, so that one that is out of date is never found. */
async function bundleName(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['engine', 'workflows']) {
    const names = await readdir(join(installationFolder, folder), { recursive: true });
    for (const name of names.filter((one) => one.endsWith('.ts')).sort()) {
      hash.update(name).update(await readFile(join(installationFolder, folder, name)));
    }
  }
  const versions = await readFile(join(installationFolder, 'package.json'));
  return `${hash.update(versions).digest('hex').slice(0, 16)}.js`;
}

import { rmSync } from 'node:fs';
import { cleanUp } from '../../server';
import { running } from './server-setup';

/** Stops the server that the setup has started. */
export default async function serverTeardown(): Promise<void> {
  await running.server?.stop();
  await cleanUp();
  if (running.folder !== null) rmSync(running.folder, { recursive: true, force: true });
}

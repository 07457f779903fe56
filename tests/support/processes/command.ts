/**
 * A command such as ours, for tests of its death: starts a Temporal server and a child that never ends, prints their
 * process ids as a JSON line, and stays. Arguments: the folder for the server, the `temporal` program.
 */
import { onShutdown, spawnGuarded, startTemporalServer } from '../../../server';

async function main([folder = '', executable = '']: readonly string[]): Promise<void> {
  onShutdown('the first part', () => void process.stdout.write('"first part closed"\n'));
  const server = await startTemporalServer({ executable, folder, database: 'file' });
  const child = await spawnGuarded(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  onShutdown('the child', async () => void (await child.stop()));
  onShutdown('the last part', () => void process.stdout.write('"last part closed"\n'));

  const pids = { command: process.pid, server: server.pid, child: child.pid, guard: child.guardPid };
  process.stdout.write(`${JSON.stringify({ ...pids, address: server.address })}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});

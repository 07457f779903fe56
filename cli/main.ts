import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes } from './exit-codes';
import { load } from './load';
import { createProgram } from './program';
import { reportError } from './report-error';

/**
 * The `tidemill` command: runs what the arguments ask for and gives the exit code. Never rejects, and
 * prints an error as a message and a code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  leaveQuietlyWhenNobodyReads();
  const program = createProgram();
  const code = await run(() => program.parseAsync([...argv], { from: 'user' }), argv);
  await flush();
  return code;
}

async function run(body: () => Promise<unknown>, argv: readonly string[]): Promise<number> {
  try {
    await body();
    return exitCodes.ok;
  } catch (error) {
    // Commander has said what is wrong; help and version that were asked for are no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.badRequest;
    if (await isEnding()) return await new Promise<never>(() => undefined);
    reportError(error, { isDebug: argv.includes('--debug') });
    return exitCodeOf(error);
  }
}

/** After a signal the clean-up ends the process; what fails meanwhile fails because of it. */
async function isEnding(): Promise<boolean> {
  const { isShuttingDown } = load.server();
  return isShuttingDown();
}

/** `tidemill query … | head` closes the pipe early, which is no error. */
function leaveQuietlyWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCodes.ok);
      throw error;
    });
  }
}

function flush(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()));
}

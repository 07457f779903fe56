import { watchAncestors } from './process-tree.cjs';

/** Signals that arrive together are one wish: a Ctrl-C reaches this process from the terminal and from npm. */
const oneWishMs = 400;
/** Workers get this long to finish or cancel what they do; judged so that a person still waits and does not kill. */
const patienceMs = 15_000;
/** When the command itself was killed everything is to be gone within 5 s, guards' grace of 2 s included. */
const patienceWhenOrphanedMs = 1500;

type CleanUp = () => void | Promise<void>;

const cleanUps: { readonly name: string; readonly run: CleanUp }[] = [];
let watching = false;
let terminateExitCode = 143;
let endingSince: number | null = null;
let cleaning: Promise<void> | null = null;

/**
 * Registers what has to happen before this process ends; the newest is run first. From the first registration on,
 * SIGINT, SIGTERM, SIGHUP and the death of the command above (up to npm) run them all and end the process; a second
 * Ctrl-C ends it at once. Returns what takes the registration back, for a part that was closed by itself.
 */
export function onShutdown(name: string, run: CleanUp): () => void {
  watch();
  const entry = { name, run };
  cleanUps.push(entry);
  return () => {
    const index = cleanUps.indexOf(entry);
    if (index >= 0) cleanUps.splice(index, 1);
  };
}

/**
 * Runs what was registered, newest first, each once. A command that ends by itself calls it last. One that fails is
 * said on standard error and does not keep the others from running.
 */
export function cleanUp(): Promise<void> {
  cleaning ??= runAll().finally(() => {
    cleaning = null;
  });
  return cleaning;
}

/**
 * From now on SIGTERM is how this process is meant to end, as a service manager ends a service: with exit code 0
 * when all that was registered is closed in time.
 */
export function endWellOnTerminate(): void {
  terminateExitCode = 0;
}

/** True from the first signal on: what fails now fails because the process is ending. */
export function isShuttingDown(): boolean {
  return endingSince !== null;
}

async function runAll(): Promise<void> {
  for (let entry = cleanUps.pop(); entry !== undefined; entry = cleanUps.pop()) {
    try {
      await entry.run();
    } catch (error) {
      process.stderr.write(`Stopping ${entry.name} failed: ${error instanceof Error ? error.message : error}\n`);
    }
  }
}

function watch(): void {
  if (watching) return;
  watching = true;
  process.on('SIGINT', () => end(130, patienceMs));
  process.on('SIGTERM', () => end(143, patienceMs, terminateExitCode));
  process.on('SIGHUP', () => end(129, patienceMs));
  watchAncestors((ancestor) => {
    sayQuietly(`The process that started this one (${ancestor.command}) is gone: stopping.\n`);
    end(1, patienceWhenOrphanedMs);
  });
}

/** `orderly` is the exit code when everything was closed in time. */
function end(exitCode: number, withinMs: number, orderly = exitCode): void {
  const now = performance.now();
  if (endingSince !== null) {
    if (now - endingSince > oneWishMs) process.exit(exitCode);
    return;
  }
  endingSince = now;
  // Not unref'd: the process has to end by then, whatever else it waits for.
  setTimeout(() => process.exit(exitCode), withinMs);
  void cleanUp().then(() => process.exit(orderly));
}

/** The terminal may be gone together with the command. */
function sayQuietly(text: string): void {
  process.stderr.on('error', () => {});
  process.stderr.write(text);
}

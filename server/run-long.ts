import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onShutdown } from './shutdown';
import { type GuardedOptions, spawnGuarded } from './spawn-guarded';

const signOfLifeEveryMs = 5000;
const lookEveryMs = 500;

export interface LongCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  /** Says what the command is doing now, for the sign of life; given what it has printed so far. */
  readonly describe: (printed: string, elapsedMs: number) => string;
  /** A reason to give up, or null to go on; asked twice a second. */
  readonly giveUp: (elapsedMs: number) => string | null;
}

/** How a long command ended: `reason` is null when it succeeded. */
export interface LongOutcome {
  readonly reason: string | null;
  readonly printed: string;
  readonly elapsedMs: number;
}

/** Runs a command of minutes under a guard, reports every few seconds that it lives, and gives up when told to. */
export async function runLong(wish: LongCommand): Promise<LongOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-run-'));
  const file = join(folder, 'output');
  const options: GuardedOptions = { cwd: wish.cwd, env: wish.env, output: { file } };
  const startedAt = performance.now();
  const elapsedMs = () => performance.now() - startedAt;
  let gaveUp: string | null = null;
  try {
    const child = await spawnGuarded(wish.command, wish.args, options);
    const forget = onShutdown(wish.name, async () => void (await child.stop(0)));
    let saidAt = 0;
    const timer = setInterval(() => {
      gaveUp ??= wish.giveUp(elapsedMs());
      if (gaveUp !== null) void child.stop(0);
      if (elapsedMs() - saidAt < signOfLifeEveryMs) return;
      saidAt = elapsedMs();
      wish.report(wish.describe(readFileSync(file, 'utf8'), saidAt));
    }, lookEveryMs);
    const { code, signal } = await child.exited;
    clearInterval(timer);
    forget();
    const failed = code === 0 ? null : `${wish.name} ended with ${signal ?? `exit code ${code}`}`;
    return { reason: gaveUp ?? failed, printed: readFileSync(file, 'utf8'), elapsedMs: elapsedMs() };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error), printed: '', elapsedMs: elapsedMs() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

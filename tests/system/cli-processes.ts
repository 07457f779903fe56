import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

const launcher = join(resolve(__dirname, '../..'), 'bin', 'tidemill.cjs');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly ended: Promise<Outcome>;
}

/** Starts the command of this checkout, or of an installation elsewhere, with no terminal. Variables that are undefined are not set. */
export function startCli(
  args: readonly string[],
  place: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly command?: string },
): Running {
  const child = spawn(process.execPath, [place.command ?? launcher, ...args], {
    cwd: place.cwd,
    env: { ...process.env, NO_COLOR: '1', ...place.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, ended };
}

/** What tells the command its server, its queue and its folders, for tests that share one folder. */
export function cliEnvironment(place: {
  readonly address: string;
  readonly namespace: string;
  readonly queue: string;
  readonly folder: string;
}): NodeJS.ProcessEnv {
  return {
    TEMPORAL_ADDRESS: place.address,
    TEMPORAL_NAMESPACE: place.namespace,
    TIDEMILL_TASK_QUEUE: place.queue,
    TIDEMILL_HOME: join(place.folder, 'home'),
    TIDEMILL_WAREHOUSE: join(place.folder, 'warehouse'),
    USER: 'ada',
  };
}

import { execFile } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The server inside the CLI of design.md §6 is 1.29; before 1.28 the UI does not show a run's task table. */
const oldestServer: readonly [number, number] = [1, 28];
const answerWithinMs = 15_000;

/** A `temporal` program that runs and is new enough. */
export interface TemporalExecutable {
  readonly path: string;
  /** The version of the server inside it, such as `1.29.1`. */
  readonly serverVersion: string;
}

/** Asks the program for its version. Answers with a reason, in words, when it does not run or is too old. */
export async function inspectExecutable(path: string): Promise<TemporalExecutable | string> {
  const answer = await versionOf(path);
  if ('reason' in answer) return `${path} does not run: ${answer.reason}`;
  // "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"
  const match = /\(Server (\d+)\.(\d+)(\.[\w.-]+)?/.exec(answer.text);
  if (match === null) {
    return `${path} is not Temporal's CLI: "--version" printed ${JSON.stringify(answer.text.trim().slice(0, 200))}`;
  }
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const serverVersion = `${major}.${minor}${match[3] ?? ''}`;
  if (major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1])) {
    return `${path} is too old: its server is ${serverVersion} and ${oldestServer.join('.')} or newer is needed`;
  }
  return { path, serverVersion };
}

/** Every file of that name in the folders of PATH that may be executed, in order. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv): readonly string[] {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const files = folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending)));
  return [...new Set(files)].filter(isExecutableFile);
}

/** Programs of Temporal in a cache folder: the one built by Go and those that the SDK downloaded, newest first. */
export function findInFolder(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => /^temporal(-cli-[^/]*)?(\.exe)?$/.test(name));
    const files = names.filter((name) => !name.endsWith('.downloading')).map((name) => join(folder, name));
    return files.filter(isExecutableFile).sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  } catch {
    return [];
  }
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function versionOf(path: string): Promise<{ readonly text: string } | { readonly reason: string }> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: answerWithinMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) return resolve({ text: stdout });
      const { code, killed } = error as NodeJS.ErrnoException & { killed?: boolean };
      if (killed === true) return resolve({ reason: `"--version" gave no answer within ${answerWithinMs / 1000} s` });
      const said = firstLine(stderr) || firstLine(stdout);
      resolve({ reason: said === '' ? `"--version" failed (${code ?? error.message})` : said });
    });
  });
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 300);
}

import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';

/** How this command is called in the current folder: `tidemill` when it is on the PATH, else by its file. */
export function commandName(env: NodeJS.ProcessEnv = process.env): string {
  const launcher = resolve(__dirname, '..', 'bin', 'tidemill.cjs');
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '' && !isOfNpm(folder));
  if (folders.some((folder) => isLauncher(join(folder, 'tidemill'), launcher))) return 'tidemill';
  const way = relative(process.cwd(), launcher);
  return `node ${shellQuoted(way.startsWith('..') ? launcher : way)}`;
}

/** A command line that can be copied into a shell as it stands. */
export function commandLine(...args: readonly string[]): string {
  return [commandName(), ...args.map(shellQuoted)].join(' ');
}

export function shellQuoted(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text;
  return text.includes("'")
    ? `"${text.replace(/(["\\$`])/g, '\\$1')}"`
    : text.includes('"')
      ? `'${text}'`
      : `"${text.replace(/([\\$`])/g, '\\$1')}"`;
}

/** npm puts these before the PATH of what it runs; the user's own shell does not have them. */
function isOfNpm(folder: string): boolean {
  return folder.includes('node_modules');
}

function isLauncher(path: string, launcher: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return realpathSync(path) === realpathSync(launcher);
  } catch {
    return false;
  }
}

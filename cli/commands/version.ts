import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Command } from 'commander';
import { installedVersion } from '../installed-version';
import { print } from '../output';

/** `tidemill version`: what is installed, for a report of a problem. */
export function addVersionCommand(program: Command): void {
  program
    .command('version')
    .description('print the versions of Tidemill, Node and what it stands on')
    .action(() => {
      print(`tidemill ${installedVersion()}`);
      print(`node ${process.versions.node}`);
      for (const name of ['@temporalio/client', '@duckdb/node-api']) print(`${name} ${packageVersion(name)}`);
    });
}

function packageVersion(name: string): string {
  const paths = createRequire(__filename).resolve.paths(name) ?? [];
  for (const path of paths) {
    try {
      return (JSON.parse(readFileSync(`${path}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return 'not found';
}

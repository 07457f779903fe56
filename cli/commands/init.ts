import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { RequestError } from '../../engine/errors';
import { isJsonObject } from '../../engine/json';
import { shownPath } from '../connect';
import { addExamples } from '../help';
import { installedVersion } from '../installed-version';
import { load } from '../load';
import { print } from '../output';

/** What the project's own scripts need, as the versions that Tidemill itself is checked with. */
const developmentPackages = ['typescript', '@types/node'] as const;

/** `tidemill init FOLDER`: a small project that runs. */
export function addInitCommand(program: Command): void {
  const command = program
    .command('init')
    .description('make a small project: one DAG, one SQL model, one test, and a package.json')
    .argument('<folder>', 'a new or empty folder');
  command.action((folder: string) => init(folder));
  addExamples(command, [['tidemill init my-project', 'then: cd my-project, npm install, npm start']]);
}

function init(wanted: string): void {
  const folder = resolve(wanted);
  refuseFull(folder, wanted);
  const { installationFolder } = load.runner();
  cpSync(join(installationFolder, 'template'), folder, { recursive: true });
  // npm leaves files of that name out of packages, so it has another one there.
  renameSync(join(folder, 'gitignore'), join(folder, '.gitignore'));
  const content = packageJson(nameOf(folder), { tidemill: howInstalled(folder) }, installationFolder);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
  print(`${shownPath(folder)} holds a project: one DAG, one SQL model, one test.`);
  print(`Go on with: cd ${shownPath(folder)} && npm install && npm test && npm start`);
}

function refuseFull(folder: string, wanted: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return;
  throw new RequestError({
    code: 'folder_not_empty',
    message: `The folder ${wanted} is not empty, and nothing of it is to be overwritten. Name a new one.`,
    details: { folder },
  });
}

/** A package's name may hold little else than letters and digits. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '');
  return name === '' ? 'my-project' : name;
}

function packageJson(name: string, dependencies: { readonly tidemill: string }, installation: string) {
  return {
    name,
    version: '0.1.0',
    private: true,
    scripts: {
      start: 'tidemill standalone --dags dags',
      test: 'node --require tidemill/register --test tests/*.test.ts',
      types: 'tsc',
    },
    dependencies,
    devDependencies: Object.fromEntries(developmentPackages.map((one) => [one, wantedVersion(one, installation)])),
  };
}

/** A project that was made with a package file, or with a folder, goes on with that one. */
function howInstalled(folder: string): string {
  const { dependencies } = readPackage(join(process.cwd(), 'package.json'));
  const given = isJsonObject(dependencies) ? dependencies.tidemill : undefined;
  if (typeof given !== 'string') return installedVersion();
  if (!given.startsWith('file:')) return given;
  const path = given.slice('file:'.length);
  return `file:${isAbsolute(path) ? path : relative(folder, resolve(path))}`;
}

function wantedVersion(name: string, installation: string): string {
  const { devDependencies } = readPackage(join(installation, 'package.json'));
  const version = isJsonObject(devDependencies) ? devDependencies[name] : undefined;
  return typeof version === 'string' ? version : 'latest';
}

function readPackage(path: string): { readonly [name: string]: unknown } {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { readonly [name: string]: unknown }) : {};
}

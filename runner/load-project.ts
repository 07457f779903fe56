import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type BuiltinHandlers, createBuiltins, type DagHandlers, HandlerRegistry } from '../activities';
import {
  type CustomTimetable,
  compile,
  type DagDefinition,
  type DagSpec,
  DefinitionError,
  type Handler,
  isDagDefinition,
  isEngineError,
  RequestError,
  type Versions,
} from '../engine';
import { loadSqlCatalog, parserOf, type SqlCatalog } from '../sql/catalog';
import { withScratchSession } from '../warehouse';
import { bundleDagFile, type DagFileBundle, evaluateDagFile } from './bundle-dag-file';
import { installationFolder } from './installation';

/** A DAG, ready to deploy or to run. */
export interface LoadedDag extends DagHandlers {
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly handlers: ReadonlyMap<string, Handler>;
  /** The author's own timetable, of a DAG that has one. */
  readonly timetable?: CustomTimetable | null;
  readonly file: string;
  /** All of its code in one text, to be kept with its version. */
  readonly bundle: string;
  /** The folder that was asked to be loaded: deploying it again may remove what it no longer has. */
  readonly folder: string;
}

export interface BrokenDagFile {
  readonly file: string;
  readonly error: Error;
}

/** All DAGs of one or more folders, with the SQL models that they may use. */
export interface Project {
  readonly folders: readonly string[];
  readonly dags: readonly LoadedDag[];
  /** Files that could not be loaded; the others are not harmed by them. */
  readonly broken: readonly BrokenDagFile[];
  readonly models: SqlCatalog;
  readonly registry: HandlerRegistry;
  readonly builtins: BuiltinHandlers;
}

/**
 * Loads every DAG file of the given folders, once. SQL models come from `sql/` beside each folder and
 * from ours; a name in both is `duplicate_sql_model`.
 */
export async function loadProject(dagFolders: readonly string[]): Promise<Project> {
  const folders = [...new Set(dagFolders.map(existingFolder))];
  const sqlFolders = [
    ...new Set(
      [...folders.map((folder) => join(folder, '..', 'sql')), join(installationFolder, 'sql')]
        .filter(existsSync)
        .map((folder) => realpathSync(folder)),
    ),
  ];
  const models = await withScratchSession((session) => loadSqlCatalog(sqlFolders, parserOf(session)));
  const dags: LoadedDag[] = [];
  const broken: BrokenDagFile[] = [];
  for (const folder of folders) {
    const files = dagFiles(folder);
    const loaded = await Promise.all(files.map((file) => loadFile(file, folder, models)));
    for (const one of loaded) {
      dags.push(...one.dags);
      broken.push(...one.broken);
    }
  }
  checkUnique(dags);
  const builtins = createBuiltins({ models });
  return { folders, dags, broken, models, builtins, registry: new HandlerRegistry(dags, builtins) };
}

function existingFolder(folder: string): string {
  const path = resolve(folder);
  if (existsSync(path) && statSync(path).isDirectory()) return realpathSync(path);
  throw new RequestError({
    code: 'dags_folder_missing',
    message: `There is no folder of DAG files at ${folder}. Give an existing one with --dags DIR.`,
    details: { folder },
  });
}

function dagFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => /\.(ts|mts|cts|js|mjs|cjs)$/.test(name) && !/\.(test|d)\.\w+$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

async function loadFile(
  file: string,
  folder: string,
  models: SqlCatalog,
): Promise<{ dags: LoadedDag[]; broken: BrokenDagFile[] }> {
  try {
    const bundle = await bundleDagFile(file);
    const definitions = Object.values(evaluateDagFile(bundle)).filter(isDagDefinition);
    const dags = definitions.map((definition) => loadDag(definition, { bundle, folder, models }));
    return { dags, broken: [] };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return { dags: [], broken: [{ file, error }] };
  }
}

function loadDag(
  definition: DagDefinition,
  from: { bundle: DagFileBundle; folder: string; models: SqlCatalog },
): LoadedDag {
  const { spec, specVersion, handlers, timetable } = compile(definition, from.models.models);
  return {
    dagId: spec.dagId,
    spec,
    versions: { spec: specVersion, code: from.bundle.version },
    handlers,
    timetable,
    file: from.bundle.file,
    bundle: from.bundle.whole,
    folder: from.folder,
  };
}

function checkUnique(dags: readonly LoadedDag[]): void {
  const files = new Map<string, string>();
  for (const { dagId, file } of dags) {
    const other = files.get(dagId);
    if (other !== undefined) {
      throw new DefinitionError({
        code: 'duplicate_dag',
        message: `Two DAGs have the id "${dagId}": ${other} and ${file}. Give one of them another id.`,
        details: { dag: dagId, files: [other, file] },
      });
    }
    files.set(dagId, file);
  }
}

import { basename, join } from 'node:path';
import { createBuiltins, type KeptHandlers, type KeptVersions } from '../activities';
import { dagVersion, type Handler, isDagDefinition, TaskError, type Versions } from '../engine';
import { catalogOf, type SqlModel } from '../sql/catalog';
import { findVersion, type KeptVersion, keepVersion, type ObjectStore } from '../warehouse';
import { evaluateDagFile } from './bundle-dag-file';
import { installationFolder } from './installation';
import type { LoadedDag, Project } from './load-project';

/** So many versions stay loaded in one process; more means that runs of very old versions take turns. */
const mostLoaded = 50;

/** Keeps the versions of DAGs in a warehouse, with all that their tasks need; repeated safely. */
export async function keepVersions(store: ObjectStore, project: Pick<Project, 'dags' | 'models'>): Promise<void> {
  const modelsText = JSON.stringify([...project.models.models.values()].map(withoutPlace));
  await Promise.all(project.dags.map((dag) => keepVersion(store, toKeep(dag, modelsText))));
}

function toKeep(dag: LoadedDag, modelsText: string) {
  const { dagId, spec, versions, file, bundle } = dag;
  return {
    dag_id: dagId,
    version: dagVersion(versions),
    spec_version: versions.spec,
    code_version: versions.code,
    kept_at: new Date().toISOString(),
    file: basename(file),
    spec: JSON.parse(JSON.stringify(spec)),
    bundleText: bundle,
    modelsText,
  };
}

/** The same file in another folder is the same model. */
function withoutPlace(model: SqlModel): SqlModel {
  return { ...model, file: basename(model.file) };
}

/**
 * The versions that a warehouse keeps, loaded when a run asks for one. Packages that their code
 * imports are found from the project's folder, and are those of today.
 */
export function keptVersions(store: ObjectStore, project: Pick<Project, 'folders'>): KeptVersions {
  const loaded = new Map<string, Promise<KeptHandlers | null>>();
  return {
    find: (dagId, versions) => {
      const key = `${dagId}/${dagVersion(versions)}`;
      const found = loaded.get(key) ?? findHandlers(store, project.folders[0] ?? installationFolder, dagId, versions);
      loaded.delete(key);
      loaded.set(key, found);
      // What was not there may be kept a moment later; a store that did not answer may answer then.
      const forget = (): boolean => loaded.delete(key);
      found.then((handlers) => handlers === null && forget(), forget);
      if (loaded.size > mostLoaded) loaded.delete(String(loaded.keys().next().value));
      return found;
    },
  };
}

async function findHandlers(
  store: ObjectStore,
  folder: string,
  dagId: string,
  versions: Versions,
): Promise<KeptHandlers | null> {
  const kept = await findVersion(store, dagId, dagVersion(versions));
  return kept === null ? null : await loadKeptVersion(store, kept, folder);
}

/** Loads the code of a version that was kept. Throws `handler_missing` when its code does not load any more. */
export async function loadKeptVersion(store: ObjectStore, kept: KeptVersion, folder: string): Promise<KeptHandlers> {
  const [code, models] = await Promise.all([store.get(kept.bundle), store.get(kept.models)]);
  const builtins = createBuiltins({ models: catalogOf(JSON.parse(models.toString('utf8')) as readonly SqlModel[]) });
  return { handlers: handlersOf(kept, code.toString('utf8'), folder), builtins };
}

function handlersOf(kept: KeptVersion, code: string, folder: string): ReadonlyMap<string, Handler> {
  try {
    const exported = Object.values(evaluateDagFile({ file: join(folder, kept.file), code }));
    const definition = exported.filter(isDagDefinition).find(({ dagId }) => dagId === kept.dag_id);
    const tasks = definition?.tasks ?? [];
    return new Map(tasks.flatMap(({ taskId, handler }) => (handler === null ? [] : [[taskId, handler] as const])));
  } catch (cause) {
    throw new TaskError({
      code: 'handler_missing',
      message: `Version ${kept.version} of ${kept.dag_id} (spec ${kept.spec_version}, code ${kept.code_version}) is kept, but its code does not load any more: ${cause instanceof Error ? cause.message : String(cause)}. Install what it needs, or trigger a new run.`,
      details: { dag: kept.dag_id, version: kept.version },
      cause,
    });
  }
}

/** Names of the files whose code differs between two bundles, sorted: the bundler heads each with a comment. */
export function changedFiles(before: string, after: string): readonly string[] {
  const [old, now] = [filesOf(before), filesOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((name) => old.get(name) !== now.get(name)).sort();
}

function filesOf(bundle: string): ReadonlyMap<string, string> {
  const [top = '', ...parts] = bundle.split(/^\/\/ (\S+\.[cm]?[jt]sx?)$/m);
  const files = parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? ''] as const] : []));
  return new Map([['(imports)', top], ...files]);
}

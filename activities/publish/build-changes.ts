import { type Json, TaskError } from '../../engine';
import type { SqlModel } from '../../sql/catalog';
import type { AttemptManifest, DayRange, TableChange } from '../../warehouse';
import { checkModel } from '../sql/model-checks';
import type { Build, BuildRequest, WrittenTable } from './build';
import { ensureReadable, rangesOf } from './readable';
import { fillKeys, rekeyMovedDays } from './surrogate-keys';

/**
 * What a publish changes, relative to a base release: the run's own slices in place of the old ones,
 * the wholes rebuilt from all slices, the surrogate keys of new facts filled in, and the facts of
 * other days whose dimension version moved.
 *
 * A function of the base and the run's files alone: the order in which days are published leaves no trace.
 */
export async function buildChanges(request: BuildRequest): Promise<readonly TableChange[]> {
  const { context, base } = request;
  return await context.warehouse.session(
    async (session) => {
      const attempt = `${context.attemptName}-${base.release}`;
      return await buildInSession({ ...request, session, attempt, ready: new Map() });
    },
    { signal: context.signal },
  );
}

async function buildInSession(build: Build): Promise<readonly TableChange[]> {
  const drafts = build.manifests.filter(({ kind }) => kind === 'draft');
  const wholes = build.wholes.map((name) => build.catalog.get(name));
  const changes: TableChange[] = build.manifests.flatMap((manifest) => plainChange(manifest) ?? []);
  const waiting = new Map<string, SqlModel | AttemptManifest>([
    ...wholes.map((model) => [model.name, model] as const),
    ...drafts.map((draft) => [draft.table, draft] as const),
  ]);
  while (waiting.size > 0) {
    const next = [...waiting].find(([, one]) => needsOf(build, one).every((name) => !waiting.has(name)));
    if (next === undefined) throw circular([...waiting.keys()]);
    const [name, one] = next;
    waiting.delete(name);
    build.context.heartbeat({ building: name } satisfies Json);
    changes.push('select' in one ? await buildWhole(build, one) : await buildDraft(build, one));
  }
  return await withMovedFacts(build, changes);
}

/** Names of tables that must be readable first. */
function needsOf({ catalog }: Build, one: SqlModel | AttemptManifest): readonly string[] {
  return 'select' in one ? one.reads : catalog.get(one.table).keys.map((key) => key.dimension);
}

/** Slices and wholes that the run has finished by itself. */
function plainChange(manifest: AttemptManifest): TableChange | null {
  const { kind, table, columns, files, readsRelease, sources, days } = manifest;
  if (kind === 'whole') return { kind, table, columns, files, readsRelease };
  if (kind === 'slice') return { kind, table, columns, files, replaces: rangesOf(days), sources };
  return null;
}

async function buildWhole(build: Build, model: SqlModel): Promise<TableChange> {
  const { session, ready, attempt } = build;
  for (const name of model.reads) await ensureReadable(build, model.name, name);
  await session.run(`create schema if not exists ${model.name.split('.')[0]}`);
  await session.run(`create table ${model.name} as\n${model.select}`);
  await checkModel(session, model, model.name);
  const select = `select * from ${model.name}`;
  const written = await session.write({ table: model.name, select, orderBy: model.grain, attempt });
  ready.set(model.name, written);
  return { kind: 'whole', table: model.name, ...written, readsRelease: null };
}

async function buildDraft(build: Build, manifest: AttemptManifest): Promise<TableChange> {
  const model = build.catalog.get(manifest.table);
  for (const key of model.keys) await ensureReadable(build, model.name, key.dimension);
  const written = await fillKeys(build, model, manifest);
  build.ready.delete(model.name);
  return { kind: 'slice', table: model.name, ...written, replaces: rangesOf(manifest.days) };
}

/** Adds the fact days of other runs whose keys moved with a dimension version. */
async function withMovedFacts(build: Build, changes: readonly TableChange[]): Promise<readonly TableChange[]> {
  const result = [...changes];
  for (const model of build.catalog.models.values()) {
    const keys = model.keys.filter((key) => build.wholes.includes(key.dimension));
    if (keys.length === 0 || build.base.tables[model.name] === undefined) continue;
    const own = result.findIndex((change) => change.table === model.name);
    const change = result[own];
    const replaced = change?.kind === 'slice' ? change.replaces : [];
    const moved = await rekeyMovedDays(build, model, replaced);
    if (moved.files.length === 0) continue;
    const merged = mergeSlices(model, change, moved);
    if (own === -1) result.push(merged);
    else result[own] = merged;
  }
  return result;
}

function mergeSlices(
  model: SqlModel,
  change: TableChange | undefined,
  moved: WrittenTable & { readonly days: readonly DayRange[] },
): TableChange {
  const own = change?.kind === 'slice' ? change : null;
  return {
    kind: 'slice',
    table: model.name,
    columns: moved.columns,
    replaces: [...(own?.replaces ?? []), ...moved.days],
    files: [...(own?.files ?? []), ...moved.files],
  };
}

function circular(names: readonly string[]): TaskError {
  return new TaskError({
    code: 'circular_models',
    message: `These SQL models wait for each other: ${names.join(', ')}. Remove one of the reads between them.`,
    details: { models: names },
  });
}

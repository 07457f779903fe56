import type { DatasetRef } from '../../engine';
import type { SqlCatalog, SqlModel } from '../../sql/catalog';
import type { AttemptManifest, SqlSession } from '../../warehouse';
import type { TaskContext, TaskHandler } from '../context';
import { dayRange } from './day-range';
import { sumFingerprints } from './fingerprints';
import { checkModel } from './model-checks';
import { parametersFor } from './parameters';
import { type BoundInputs, bindInputs } from './relations';

/** What a `sql` task is given: datasets of this run by the name under which the SQL reads them. */
export interface SqlTaskInput {
  readonly model: string;
  readonly inputs: { readonly [name: string]: DatasetRef | null };
}

/** The column by which slices are cut into days; every slice has it. */
export const dayColumn = 'date_key';

/** How the rows of a model are named while they are checked. */
const result = 'tidemill_result';

/**
 * The handler of `sql` tasks: computes one SQL model into files of this attempt and runs the checks of
 * its header over the rows.
 *
 * Nothing is visible until a publish names the files, so a task that ran twice leaves the same tables
 * as one that ran once. A slice gets one file per day that has rows, or one draft when its surrogate
 * keys are still to be filled; a whole gets one file.
 */
export function createSqlHandler(catalog: SqlCatalog): TaskHandler<SqlTaskInput, DatasetRef> {
  return async (context, input) => {
    const model = catalog.get(input.model);
    const manifest = await context.warehouse.session((session) => runModel({ context, session, model, input }), {
      signal: context.signal,
    });
    const { kind, days, rowCount, files, sources } = manifest;
    context.log.info(
      { model: model.name, kind, ...days, row_count: rowCount, files: files.length, sources },
      'model computed',
    );
    return await context.warehouse.putManifest(manifest, context.identity);
  };
}

interface ModelRun {
  readonly context: TaskContext;
  readonly session: SqlSession;
  readonly model: SqlModel;
  readonly input: SqlTaskInput;
}

async function runModel({ context, session, model, input }: ModelRun): Promise<AttemptManifest> {
  const bound = await bindInputs({ context, session, model: model.name, reads: model.reads, given: input.inputs });
  const isDraft = model.keys.length > 0;
  const isSlice = model.kind === 'slice';
  const { columns, files } = await session.write({
    table: model.name,
    // The header opens a line of its own: a failure is told by the model that it names.
    select: `select * from (\n${model.select}\n)`,
    parameters: parametersFor(context, model),
    orderBy: model.grain,
    splitByDay: isSlice && !isDraft ? dayColumn : null,
    attempt: context.attemptName,
  });
  // What was written is what is checked: nothing sees these files before a publish names them.
  await session.bind({ name: result, columns, files });
  await checkModel(session, model, result);
  return {
    format: 1,
    kind: isSlice ? (isDraft ? 'draft' : 'slice') : 'whole',
    table: model.name,
    attempt: context.attemptName,
    columns,
    days: isSlice ? dayRange(context.interval, context.timezone) : null,
    readsRelease: isSlice ? oldestRead(bound.manifests) : await releaseRead(context, bound),
    sources: [...new Set(bound.manifests.flatMap((manifest) => manifest.sources))].sort(),
    files,
    rowCount: files.reduce((sum, file) => sum + file.rowCount, 0),
    fingerprint: sumFingerprints(files),
  };
}

/** A whole that reads only other wholes of its run is as old as they are. */
async function releaseRead(context: TaskContext, { manifests, release }: BoundInputs): Promise<number> {
  if (release !== null) return release;
  return oldestRead(manifests) ?? (await context.warehouse.pinnedRelease(context.identity)).release;
}

function oldestRead(manifests: readonly AttemptManifest[]): number | null {
  const given = manifests.flatMap(({ readsRelease }) => readsRelease ?? []);
  return given.length > 0 ? Math.min(...given) : null;
}

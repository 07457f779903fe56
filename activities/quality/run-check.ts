import { type DatasetRef, didYouMean, type Json, QualityCheckFailed, TaskError } from '../../engine';
import type { SqlCatalog, SqlModel } from '../../sql/catalog';
import type { TaskHandler } from '../context';
import { parametersFor } from '../sql/parameters';
import { bindInputs } from '../sql/relations';

/** What a `check` task is given: the datasets that it judges, and values for the query's parameters. */
export interface CheckTaskInput {
  readonly check: string;
  readonly on: { readonly [name: string]: DatasetRef | null };
  readonly options: { readonly [name: string]: Json };
}

/** More failing rows than this are counted, but only the first ones are kept for the message. */
const sampleSize = 5;

/**
 * The handler of `check` tasks: a query that must return no rows. Reads the given datasets, and for
 * other tables the release that the run is pinned to. Throws QualityCheckFailed with the first rows.
 */
export function createCheckHandler(
  catalog: SqlCatalog,
): TaskHandler<CheckTaskInput, { readonly failing_rows: number }> {
  return async (context, { check: name, on, options }) => {
    const check = catalog.get(name);
    refuseUnknownOptions(check, Object.keys(options));
    const rows = await context.warehouse.session(
      async (session) => {
        await bindInputs({ context, session, model: name, reads: check.reads, given: on });
        return await session.rows(check.select, parametersFor(context, check, options));
      },
      { signal: context.signal },
    );
    if (rows.length > 0)
      throw new QualityCheckFailed({ check: name, failingRows: rows.length, sample: rows.slice(0, sampleSize) });
    context.log.info({ check: name, ...options }, 'check passed');
    return { failing_rows: 0 };
  };
}

function refuseUnknownOptions(check: SqlModel, names: readonly string[]): void {
  const unknown = names.find((name) => !check.parameters.includes(name));
  if (unknown === undefined) return;
  throw new TaskError({
    code: 'unknown_check_option',
    message: `Check ${check.name} has no parameter $${unknown}.${didYouMean(unknown, check.parameters)}`,
    details: { check: check.name, option: unknown, parameters: check.parameters },
  });
}

import type { DatasetRef } from '../engine';
import type { SqlCatalog } from '../sql/catalog';
import type { TaskHandler } from './context';
import { isLatest, type LatestOnlyInput } from './latest-only';
import { createPublishHandler, type PublishResult, type PublishTaskInput } from './publish/publish-release';
import { type CheckTaskInput, createCheckHandler } from './quality/run-check';
import { createSqlHandler, type SqlTaskInput } from './sql/run-model';

/** The handlers of the task kinds that no author writes. */
export interface Builtins {
  readonly sql: TaskHandler<SqlTaskInput, DatasetRef>;
  readonly check: TaskHandler<CheckTaskInput, { readonly failing_rows: number }>;
  readonly publish: TaskHandler<PublishTaskInput, PublishResult>;
  readonly latest_only: TaskHandler<LatestOnlyInput, boolean>;
}

/** Handlers for `sql`, `check` and `publish` tasks over a set of SQL models, and for what needs none. */
export function createBuiltins({ models }: { readonly models: SqlCatalog }): Builtins {
  return {
    sql: createSqlHandler(models),
    check: createCheckHandler(models),
    publish: createPublishHandler(models),
    latest_only: isLatest,
  };
}

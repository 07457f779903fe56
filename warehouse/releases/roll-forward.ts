import { TaskError } from '../../engine/errors';
import { isJsonObject } from '../../engine/json';
import { type DeltaAction, deltaLogBytes, deltaLogKey } from '../delta/actions';
import type { ObjectStore, PublishStep } from '../types';
import type { ReleaseRecord } from './record';

/** Told after each step of a publish; what it throws ends the publish there. */
export type StepHook = (step: PublishStep) => void | Promise<void>;

/**
 * Completes the Delta logs that a release stands for: puts the entries that are missing, and accepts
 * those that are there if they are equal. Whoever comes first does it, and doing it twice is harmless.
 * Dimensions go before facts, so that a plain Delta reader does not see a fact without its dimension.
 */
export async function rollForward(store: ObjectStore, record: ReleaseRecord, onStep: StepHook): Promise<void> {
  const changed = Object.entries(record.actions);
  const isDimension = ([table]: readonly [string, unknown]) => /\.dim_/.test(table);
  await putAll(store, record, changed.filter(isDimension));
  await onStep('dimension_logs_put');
  await putAll(
    store,
    record,
    changed.filter((entry) => !isDimension(entry)),
  );
  await onStep('logs_put');
}

/** The first table whose next log entry is taken already, before a release would claim it. */
export async function findTakenVersion(
  store: ObjectStore,
  record: ReleaseRecord,
): Promise<{ readonly table: string; readonly version: number; readonly bytes: Buffer } | null> {
  const found = await Promise.all(
    Object.keys(record.actions).map(async (table) => {
      const version = record.tables[table]?.version ?? 0;
      const bytes = await store.find(deltaLogKey(table, version));
      return bytes === null ? null : { table, version, bytes };
    }),
  );
  return found.find((taken) => taken !== null) ?? null;
}

/** The error for a log entry that no release of this warehouse wrote. */
export function foreignCommit(table: string, version: number, bytes: Buffer): TaskError {
  const commitInfo = readCommitInfo(bytes);
  return new TaskError({
    code: 'foreign_commit',
    message: `Version ${version} of the Delta log of ${table} was not written by a release of this warehouse (commitInfo: ${JSON.stringify(commitInfo)}). Published tables may be changed by publishing only: move that log entry away, and publish its rows through a DAG.`,
    details: { table, version, commit_info: commitInfo },
  });
}

async function putAll(
  store: ObjectStore,
  record: ReleaseRecord,
  tables: readonly (readonly [string, readonly DeltaAction[]])[],
): Promise<void> {
  await Promise.all(
    tables.map(async ([table, actions]) => {
      const version = record.tables[table]?.version ?? 0;
      const [key, bytes] = [deltaLogKey(table, version), deltaLogBytes(actions)];
      if (await store.putIfAbsent(key, bytes)) return;
      const present = await store.get(key);
      if (!present.equals(Buffer.from(bytes))) throw foreignCommit(table, version, present);
    }),
  );
}

function readCommitInfo(bytes: Buffer): unknown {
  for (const line of bytes.toString('utf8').split('\n')) {
    try {
      const action: unknown = JSON.parse(line);
      if (isJsonObject(action) && action.commitInfo !== undefined) return action.commitInfo;
    } catch {
      // A line that is no JSON has no commitInfo to show; the entry is foreign all the same.
    }
  }
  return null;
}

import type { HandlerRegistry } from '../activities';
import type { DatasetRef } from '../engine';
import { findManifest, type ObjectStore, type ReleaseReader, type RunRecord, type Warehouse } from '../warehouse';

/** The releases that a replay works on. */
export interface ReplayBase {
  /** What tables that the run does not make are read from. */
  readonly pinned: number;
  /** What a publish task built on. */
  baseOf(taskId: string): number;
}

/** A publish that was rehearsed: what it would have left. */
export interface RehearsedPublish {
  readonly taskId: string;
  readonly release: ReleaseReader;
}

/**
 * The warehouse as a run saw it: reads come from the given releases, and publishing computes the next
 * release without putting it. What is rehearsed is told to `onPublish`.
 */
export function replayWarehouse(
  warehouse: Warehouse,
  { pinned, baseOf }: ReplayBase,
  onPublish: (publish: RehearsedPublish) => void,
): Warehouse {
  let rehearsed: ReleaseReader | null = null;
  return {
    ...warehouse,
    release: async (number) => {
      if (rehearsed !== null && number === rehearsed.release) return rehearsed;
      return await warehouse.release(number ?? pinned);
    },
    pinnedRelease: () => warehouse.release(pinned),
    publish: async (origin, build) => {
      const { outcome, release } = await warehouse.rehearse(origin, baseOf(origin.taskId), build);
      rehearsed = release;
      onPublish({ taskId: origin.taskId, release });
      return outcome;
    },
  };
}

/**
 * What the run's sources gave it, by task: references to records that have landed, which are kept for
 * ever, whatever has become of the files that they came from.
 */
export async function landedInputs(store: ObjectStore, record: RunRecord): Promise<ReadonlyMap<string, DatasetRef>> {
  const inputs = new Map<string, DatasetRef>();
  for (const { task_id: taskId, try_number: tryNumber, attempt, state } of record.attempts) {
    if (state !== 'success') continue;
    const { dag_id: dagId, run_id: runId } = record;
    const written = await findManifest(store, { dagId, runId, taskId, tryNumber, attempt });
    if (written?.manifest.kind === 'landed') inputs.set(taskId, written.ref);
  }
  return inputs;
}

/**
 * Handlers that answer from the record where the run met the outside: a source gives what it gave, and
 * a sensor finds what it found. All others do their work again.
 */
export function recordedHandlers(
  registry: Pick<HandlerRegistry, 'find'>,
  landed: ReadonlyMap<string, DatasetRef>,
): Pick<HandlerRegistry, 'find'> {
  return {
    find: (order) => {
      const ref = landed.get(order.taskId);
      if (ref !== undefined) return () => Promise.resolve(ref);
      if (order.kind === 'sensor') return () => Promise.resolve(true);
      return registry.find(order);
    },
  };
}

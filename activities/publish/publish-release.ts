import type { DatasetRef, Json } from '../../engine';
import type { SqlCatalog } from '../../sql/catalog';
import type {
  AttemptManifest,
  PublishedTable,
  PublishOrigin,
  PublishOutcome,
  ReleaseDraft,
  ReleaseReader,
} from '../../warehouse';
import type { TaskContext, TaskHandler } from '../context';
import { fingerprintText } from '../sql/fingerprints';
import { buildChanges } from './build-changes';
import { refuseSuperseded } from './superseded';

/** What a `publish` task is given. A dataset is null when its task did not succeed and the rule let this one run. */
export interface PublishTaskInput {
  readonly datasets: readonly (DatasetRef | null)[];
  /** Whole SQL models that are rebuilt from the slices of all days. */
  readonly wholes: readonly string[];
  readonly fresh_within_ms: number | null;
}

/** What was published, as the run's record and the next task see it. */
export interface PublishResult {
  readonly [key: string]: Json;
  readonly kind: 'published' | 'unchanged';
  readonly release: number;
  readonly base: number;
  readonly tables: readonly {
    readonly table: string;
    readonly version: number;
    readonly row_count: number;
    readonly fingerprint: string;
  }[];
  readonly data_until: string | null;
  readonly fresh_until: string | null;
}

/**
 * The handler of `publish` tasks: commits all datasets and the rebuilt wholes as one release, or
 * nothing. When another publish was faster it begins again on that one's release; the slices of this
 * run are not computed again.
 */
export function createPublishHandler(catalog: SqlCatalog): TaskHandler<PublishTaskInput, PublishResult> {
  return async (context, input) => {
    const refs = input.datasets.filter((ref) => ref !== null);
    const manifests = await Promise.all(refs.map((ref) => context.warehouse.manifest(ref)));
    const outcome = await context.warehouse.publish(originOf(context), (base) =>
      draftRelease({ context, catalog, manifests, input, base }),
    );
    const result = await describe(context, outcome, [...manifests.map(({ table }) => table), ...input.wholes]);
    context.log.info(
      { ...result, tries: outcome.tries },
      outcome.kind === 'published' ? 'release published' : 'nothing changed',
    );
    return result;
  };
}

interface DraftRequest {
  readonly context: TaskContext;
  readonly catalog: SqlCatalog;
  readonly manifests: readonly AttemptManifest[];
  readonly input: PublishTaskInput;
  readonly base: ReleaseReader;
}

async function draftRelease({ context, catalog, manifests, input, base }: DraftRequest): Promise<ReleaseDraft> {
  await refuseSuperseded(context, manifests, base);
  const changes = await buildChanges({ context, catalog, manifests, wholes: input.wholes, base });
  const dataUntil = await dataUntilOf(context, manifests, base);
  return { changes, dataUntil, freshWithinMs: input.fresh_within_ms };
}

/** Slices hold data until the end of their interval; tables made of a release alone are as old as that release. */
async function dataUntilOf(
  context: TaskContext,
  manifests: readonly AttemptManifest[],
  base: ReleaseReader,
): Promise<string | null> {
  if (manifests.some((manifest) => manifest.kind !== 'whole')) return context.interval.end;
  const read = manifests.flatMap(({ readsRelease }) => (readsRelease === null ? [] : [readsRelease]));
  if (read.length === 0) return null;
  const oldest = Math.min(...read);
  const release = oldest === base.release ? base : await context.warehouse.release(oldest);
  const ends = Object.values(release.tables).flatMap(({ kind, dataUntil }) =>
    kind === 'slice' && dataUntil !== null ? [dataUntil] : [],
  );
  return newest(ends);
}

function originOf(context: TaskContext): PublishOrigin {
  const { dagId, runId, taskId } = context.identity;
  return { dagId, runId, taskId, attempt: context.attemptName, interval: context.interval };
}

async function describe(
  context: TaskContext,
  outcome: PublishOutcome,
  names: readonly string[],
): Promise<PublishResult> {
  const published = (await context.warehouse.release(outcome.release)).tables;
  const own = names.flatMap((name) => published[name] ?? []);
  const changed = outcome.kind === 'published' ? outcome.changed : own;
  return {
    kind: outcome.kind,
    release: outcome.release,
    base: outcome.base,
    tables: changed.map(describeTable),
    data_until: newest(own.flatMap(({ dataUntil }) => dataUntil ?? [])),
    fresh_until: newest(own.flatMap(({ freshUntil }) => freshUntil ?? [])),
  };
}

function describeTable({ table, version, rowCount, fingerprint }: PublishedTable): PublishResult['tables'][number] {
  return { table, version, row_count: rowCount, fingerprint: fingerprintText(fingerprint) };
}

function newest(instants: readonly string[]): string | null {
  return instants.reduce<string | null>(
    (latest, instant) => (latest === null || Date.parse(instant) > Date.parse(latest) ? instant : latest),
    null,
  );
}

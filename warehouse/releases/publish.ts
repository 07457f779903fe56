import { OutsideUnavailable } from '../../engine/errors';
import type { Gate } from '../concurrency';
import type { ObjectStore, PublishOrigin, PublishOutcome, ReleaseDraft, ReleaseReader } from '../types';
import type { PartitionStore } from './partitions';
import { planRelease } from './plan';
import type { PlanTools } from './plan-table';
import { createReleaseReader } from './reader';
import type { ReleaseRecord } from './record';
import { isSameOrigin, type ReleaseLog } from './release-log';
import { findTakenVersion, foreignCommit, rollForward, type StepHook } from './roll-forward';

export interface PublishTools {
  readonly store: ObjectStore;
  readonly releases: ReleaseLog;
  readonly partitions: PartitionStore;
  planTools(): Promise<PlanTools>;
  /** One publish at a time in this process: the others would only build for a base that is about to go. */
  readonly turn: Gate;
  readonly onStep: StepHook;
  /** Resolves when a catalog of this release or a newer one is in place. */
  refreshCatalog(release: number): Promise<void>;
}

/** Each lost race is a whole build lost; so many in a row mean that something is wrong with the base. */
const mostTries = 100;

/**
 * Commits one release: build on the newest, put the next number if absent, start again when another
 * process took it. Everything after that put is derived from the release, by us or by who comes next.
 */
export async function publish(
  tools: PublishTools,
  origin: PublishOrigin,
  build: (base: ReleaseReader) => Promise<ReleaseDraft>,
): Promise<PublishOutcome> {
  const outcome = await tools.turn.enter(async () => {
    for (let tries = 1; tries <= mostTries; tries += 1) {
      const attempted = await tryOnce(tools, origin, build, tries);
      if (attempted !== null) return attempted;
    }
    throw new OutsideUnavailable({
      code: 'publish_contended',
      message: `Publishing lost ${mostTries} races in a row against other processes. Try again with fewer of them at a time.`,
      details: { tries: mostTries },
    });
  });
  await tools.refreshCatalog(outcome.release);
  return outcome;
}

/** Brings the newest release's Delta logs up to it, which must precede the next release. */
export async function newestComplete(tools: PublishTools): Promise<ReleaseRecord> {
  const newest = await tools.releases.newest();
  await completeLogs(tools, newest);
  return newest;
}

/** Null when another publish won the race. */
async function tryOnce(
  tools: PublishTools,
  origin: PublishOrigin,
  build: (base: ReleaseReader) => Promise<ReleaseDraft>,
  tries: number,
): Promise<PublishOutcome | null> {
  const base = await newestComplete(tools);
  const draft = await build(createReleaseReader(base, tools.partitions));
  await tools.onStep('built');
  const publishedAt = new Date().toISOString();
  const plan = await planRelease(await tools.planTools(), { base, draft, origin, publishedAt });
  if (plan.kind === 'unchanged') return unchanged(base, origin, tries);
  const taken = await findTakenVersion(tools.store, plan.record);
  if (taken !== null) {
    // Either another publish is ahead of us, or somebody writes to our tables.
    if ((await tools.releases.newest()).release > base.release) return null;
    throw foreignCommit(taken.table, taken.version, taken.bytes);
  }
  await tools.partitions.flush(plan.staged);
  await tools.onStep('manifests_put');
  if (!(await tools.releases.commit(plan.record))) return null;
  await tools.onStep('release_put');
  await completeLogs(tools, plan.record);
  return { kind: 'published', release: plan.record.release, base: base.release, tries, changed: plan.changed };
}

/** A repeated commit finds nothing left to change: it is told what its first commit did. */
function unchanged(base: ReleaseRecord, origin: PublishOrigin, tries: number): PublishOutcome {
  if (base.release === 0 || !isSameOrigin(base.origin, origin)) {
    return { kind: 'unchanged', release: base.release, base: base.release, tries };
  }
  const changed = Object.values(base.tables).filter((table) => base.actions[table.table] !== undefined);
  return { kind: 'published', release: base.release, base: base.base, tries, changed };
}

const completed = new WeakSet<ReleaseRecord>();

/** Remembers, per process, which releases are complete: their logs never change again. */
async function completeLogs(tools: PublishTools, record: ReleaseRecord): Promise<void> {
  if (completed.has(record) || record.release === 0) return;
  await rollForward(tools.store, record, tools.onStep);
  completed.add(record);
}

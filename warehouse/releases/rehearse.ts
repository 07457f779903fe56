import type { PublishOrigin, PublishOutcome, ReleaseDraft, ReleaseReader } from '../types';
import { planRelease } from './plan';
import type { PublishTools } from './publish';
import { createReleaseReader } from './reader';

/** What a publish would have made of a release. */
export interface Rehearsed {
  readonly outcome: PublishOutcome;
  /** The release that was never put. Its tables can be compared; its new files were written and are in no release. */
  readonly release: ReleaseReader;
}

/** Builds and plans a release on a given one, as a publish does, and stops before anything of it is put. */
export async function rehearse(
  tools: Pick<PublishTools, 'releases' | 'partitions' | 'planTools'>,
  request: { readonly origin: PublishOrigin; readonly base: number; readonly publishedAt: string },
  build: (base: ReleaseReader) => Promise<ReleaseDraft>,
): Promise<Rehearsed> {
  const base = await tools.releases.get(request.base);
  const reader = createReleaseReader(base, tools.partitions);
  const draft = await build(reader);
  const plan = await planRelease(await tools.planTools(), { ...request, base, draft });
  const facts = { base: base.release, tries: 1 };
  if (plan.kind === 'unchanged')
    return { outcome: { kind: 'unchanged', release: base.release, ...facts }, release: reader };
  const release = createReleaseReader(plan.record, tools.partitions);
  return {
    outcome: { kind: 'published', release: plan.record.release, changed: plan.changed, ...facts },
    release,
  };
}

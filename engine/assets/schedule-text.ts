import type { TimetableSpec } from '../time/timetable-spec';
import { timetableText } from '../time/timetable-text';
import { type AssetSchedule, assetNames, conditionText } from './condition';
import type { Mailbox } from './mailbox';

/** When a DAG runs, in one short text: by the clock, by its assets, or both. */
export function scheduleText(spec: { readonly timetable: TimetableSpec; readonly assets?: AssetSchedule }): string {
  const { timetable, assets } = spec;
  if (assets === undefined) return timetableText(timetable);
  const updated = `when ${conditionText(assets.condition)} was updated${assets.eachPartition ? ', each partition' : ''}`;
  return timetable.kind === 'none' ? updated : `${timetableText(timetable)}, or ${updated}`;
}

/** What a DAG's events wait for: `has orders (2 events), waits for rates`; null when none waits. */
export function pendingText({ condition }: AssetSchedule, { pending }: Mailbox): string | null {
  if (pending.length === 0) return null;
  const names = [...new Set(pending.map((event) => event.asset))].sort();
  const has = names.map((name) => `${name} (${pending.filter((event) => event.asset === name).length})`);
  const missing = assetNames(condition).filter((name) => !names.includes(name));
  return `has events of ${has.join(', ')}; none yet of ${missing.join(', ') || 'the same partition'}`;
}

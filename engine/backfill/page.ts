import { tableCell } from '../run/task-table';
import { shortDuration } from '../time/duration';
import { epochMs } from '../time/instant';
import type { Backfill, BackfillDate, BackfillDateState, BackfillStatus } from './state';

const states: readonly BackfillDateState[] = ['success', 'failed', 'running', 'pending', 'skipped', 'cancelled'];

/** The rows of a page that somebody may have to act on come first; it stays one that can be read. */
const shownDates = 50;
const urgency: readonly BackfillDateState[] = ['failed', 'running', 'cancelled', 'pending', 'success', 'skipped'];

/** How a backfill stands, small enough for a memo: what a list shows, also when no worker lives. */
export interface BackfillListing {
  readonly dagId: string;
  readonly backfillId: string;
  readonly status: BackfillStatus;
  readonly by: string;
  readonly from: string;
  readonly to: string;
  readonly counts: { readonly [state in BackfillDateState]: number };
  readonly endedAt: string | null;
}

export function backfillCounts(backfill: Backfill): BackfillListing['counts'] {
  const counts = { pending: 0, running: 0, success: 0, failed: 0, skipped: 0, cancelled: 0 };
  for (const { state } of backfill.dates) counts[state] += 1;
  return counts;
}

export function backfillListing(backfill: Backfill): BackfillListing {
  const { request, status, endedAt } = backfill;
  return {
    dagId: request.dagId,
    backfillId: request.backfillId,
    status,
    by: request.by,
    from: request.range.start,
    to: request.range.end,
    counts: backfillCounts(backfill),
    endedAt,
  };
}

/** `998 success, 2 failed`. */
export function backfillLabel(backfill: Backfill): string {
  const counts = backfillCounts(backfill);
  const parts = states.flatMap((state) => (counts[state] > 0 ? [`${counts[state]} ${state}`] : []));
  return parts.length === 0 ? 'no dates' : parts.join(', ');
}

/** The page of a backfill in Temporal's UI, in Markdown: counts first. */
export function backfillPage(backfill: Backfill): string {
  const { request, status, by, startedAt, endedAt, dates } = backfill;
  const { range, maxActive, reprocess, backwards } = request;
  const took = endedAt === null ? `since ${startedAt}` : `in ${shortDuration(epochMs(endedAt) - epochMs(startedAt))}`;
  const rows = mostUrgent(dates).map(
    ({ interval, state, runId, reason }) => `| ${interval.start} | ${state} | ${runId} | ${tableCell(reason)} |`,
  );
  return [
    `**${status}${by === null ? '' : ` by ${by}`}** · ${backfillLabel(backfill)} · ${took}`,
    '',
    `${request.dagId} from ${range.start} to ${range.end}, asked for by ${request.by}: reprocess ${reprocess}, ${backwards ? 'backwards' : 'forwards'}, ${maxActive} at once.`,
    '',
    '| date | state | run | why |',
    '|---|---|---|---|',
    ...rows,
    ...(dates.length > rows.length ? ['', `and ${dates.length - rows.length} more`] : []),
  ].join('\n');
}

function mostUrgent(dates: readonly BackfillDate[]): readonly BackfillDate[] {
  return urgency.flatMap((state) => dates.filter((date) => date.state === state)).slice(0, shownDates);
}

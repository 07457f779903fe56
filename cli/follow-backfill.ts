import type { TidemillClient } from '../client';
import type { Backfill, BackfillDate } from '../engine';
import { isEngineError } from '../engine/errors';
import { backfillCounts, backfillLabel } from '../engine/interpreter';
import { isServerSilent } from './exit-codes';
import { instantText } from './output';
import { LiveScreen } from './screen';
import type { Sink } from './style';

/** Often enough to look alive; every look costs the worker a query. */
const lookEveryMs = 700;
const lineEveryMs = 5_000;
const barWidth = 40;
/** A worker that restarts is back long before. */
const giveUpAfterMs = 90_000;

/** Follows a backfill to its end: a bar on a terminal, a line now and then elsewhere, and a line for each failed run. */
export async function followBackfill(what: {
  readonly client: TidemillClient;
  readonly dagId: string;
  readonly backfillId: string;
  readonly sink?: Sink;
}): Promise<Backfill> {
  const { client, dagId, backfillId, sink = process.stdout } = what;
  const view = sink.isTTY === true ? screenView(sink) : lineView(sink);
  let answeredAt = Date.now();
  try {
    for (;;) {
      try {
        const seen = await client.backfills.show(dagId, backfillId);
        answeredAt = Date.now();
        if (seen !== null) view.show(seen);
        if (seen !== null && seen.endedAt !== null) return seen;
      } catch (error) {
        const canPass = isServerSilent(error) || (isEngineError(error) && error.retryable);
        if (!canPass || Date.now() - answeredAt > giveUpAfterMs) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  } finally {
    view.finish();
  }
}

interface View {
  show(backfill: Backfill): void;
  finish(): void;
}

function screenView(sink: Sink): View {
  const screen = new LiveScreen(sink);
  return { show: (backfill) => screen.draw(progressLines(backfill)), finish: () => screen.finish() };
}

/** The bar, the counts, and the first runs that failed. */
export function progressLines(backfill: Backfill): readonly string[] {
  const { dates } = backfill;
  const counts = backfillCounts(backfill);
  const over = dates.length - counts.pending - counts.running;
  const filled = dates.length === 0 ? barWidth : Math.floor((over * barWidth) / dates.length);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const failed = dates.filter(({ state }) => state === 'failed').slice(0, 5);
  return [`${bar} ${over} of ${dates.length}  ${backfill.status}`, backfillLabel(backfill), ...failed.map(failureLine)];
}

function failureLine({ interval, runId, reason }: BackfillDate): string {
  return `${instantText(interval.start)} failed: ${runId}: ${reason}`;
}

function lineView(sink: Sink): View {
  const told = new Set<string>();
  let saidAt = 0;
  let last = '';
  return {
    show: (backfill) => {
      for (const date of backfill.dates) {
        if (date.state !== 'failed' || told.has(date.runId)) continue;
        told.add(date.runId);
        sink.write(`${failureLine(date)}\n`);
      }
      const line = `${backfill.status}: ${backfillLabel(backfill)}`;
      const isDue = Date.now() - saidAt >= lineEveryMs || backfill.endedAt !== null;
      if (line === last || !isDue) return;
      last = line;
      saidAt = Date.now();
      sink.write(`${line}\n`);
    },
    finish: () => undefined,
  };
}

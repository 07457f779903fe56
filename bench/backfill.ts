import { type Contest, durationMs, historyNote, processorFigures, takeTurns, withContest } from './against-bare';
import type { Bench } from './harness';

const dagId = 'bench_daily';
/** As many runs at once as keep two cores busy; more only wait for them. */
const window = 40;

/** How many runs per second a backfill gets through when each run is one task that does nothing. */
export const backfill: Bench = {
  name: 'backfill',
  title: '1,000 dates of a DAG of one task, against bare one-task workflows started the same way',
  method:
    'Ours: a backfill over 1,000 days, as "tidemill backfill create --max-active 40" starts it, with its plan, the DAG\'s control and the record of every run. Bare: one workflow that starts 1,000 child workflows of one activity, 40 at once, on a worker process with the same options, on the same server (SQLite file). Runs through the time from start to end of the workflow by the server\'s clock; ours and bare in turns.',
  measure: async (options) =>
    await withContest([dagId], async (contest) => {
      const runs = options.quick ? 100 : 1_000;
      const next = rangesOf(runs);
      const pairs = await takeTurns(options, {
        ours: () => oursOf(contest, next()),
        bare: () => contest.bare('bareBackfill', { tasks: runs, window }),
      });
      const perSecond = (which: 'ours' | 'bare'): readonly number[] =>
        pairs.map((pair) => (runs * 1_000) / durationMs(pair[which]));
      const figure = {
        name: `${runs} dates`,
        unit: 'runs per second',
        ours: perSecond('ours'),
        baseline: perSecond('bare'),
        targets: [{ of: 'ours', atLeast: 25, note: 'on two cores' } as const],
      };
      return {
        figures: [figure, ...processorFigures(figure.name, runs, pairs)],
        notes: [
          historyNote('the last part of the backfill', pairs),
          'Airflow 3 on two cores: 1.6 runs of 5 tasks per second.',
        ],
        details: { pairs },
      };
    }),
};

function oursOf(contest: Contest, range: { readonly from: string; readonly to: string }) {
  return contest.backfill({ dagId, ...range, maxActive: window });
}

/** A range of dates after the other: a date that has a run is not run again. */
function rangesOf(days: number): () => { readonly from: string; readonly to: string } {
  let startMs = Date.parse('1990-01-01');
  return () => {
    const from = startMs;
    startMs += days * 86_400_000;
    return { from: dateOf(from), to: dateOf(startMs) };
  };
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

import { durationMs, historyNote, processorFigures, takeTurns, withContest } from './against-bare';
import { type Bench, repeat } from './harness';

const tasks = 20;

/** What one task costs when nothing else waits: 20 of them that do nothing, one after another. */
export const chain: Bench = {
  name: 'chain',
  title: 'a chain of 20 tasks that do nothing, against one bare Temporal workflow',
  method:
    'Ours: a DAG of a "tidemill worker" process, triggered through its dag_control. Bare: one workflow that calls 20 activities in turn, on a worker process with the same options, on the same server (SQLite file). Start to end of the workflow by the server\'s clock, through 20; ours and bare in turns.',
  measure: async (options) =>
    await withContest(['bench_chain', 'bench_chain_local'], async ({ ours, bare }) => {
      const pairs = await takeTurns(options, {
        ours: () => ours('bench_chain'),
        bare: () => bare('bareChain', { tasks }),
      });
      options.progress('local tasks');
      await ours('bench_chain_local');
      const local = await repeat(options, () => ours('bench_chain_local'));
      return {
        figures: [
          {
            name: 'time per task',
            unit: 'ms',
            ours: pairs.map((pair) => durationMs(pair.ours) / tasks),
            baseline: pairs.map((pair) => durationMs(pair.bare) / tasks),
            targets: [
              { of: 'ratio', atMost: 1.2 },
              { of: 'ours', atMost: 25, note: 'on an idle machine' },
            ],
          },
          {
            name: 'time per local task',
            unit: 'ms',
            ours: local.map((run) => durationMs(run) / tasks),
            targets: [{ of: 'ours', atMost: 10 }],
          },
          ...processorFigures('chain', tasks, pairs),
        ],
        notes: [historyNote('a run', pairs), 'Airflow 3 on two cores: 1,020 to 1,090 ms per task.'],
        details: { pairs, local },
      };
    }),
};

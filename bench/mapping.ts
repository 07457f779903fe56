import { type Contest, durationMs, historyNote, takeTurns, withContest } from './against-bare';
import type { Bench, BenchOptions, Figure, Target } from './harness';

/** Instances in flight over all shards, as every DAG has by default. */
const window = 40;

/** How many instances per second a mapped task gets through, and what they cost the worker in memory. */
export const mapping: Bench = {
  name: 'mapping',
  title: 'a task mapped over 1,000 and 10,000 items, against bare windowed child workflows',
  method:
    'Ours: a DAG with a task that lists the items and one mapped over them, of a "tidemill worker" process, 40 instances in flight. Bare: one workflow with children of 500 activities each, 4 children at once, 10 activities in flight in each, on a worker process with the same options, on the same server (SQLite file). Instances through the time from start to end of the workflow by the server\'s clock; ours and bare in turns. Memory: peak of the worker that ran all 1,000s, and of another that ran all 10,000s.',
  measure: async (options) => {
    const thousand = await measure(options, 1_000, []);
    const tenThousand = await measure(options, 10_000, [{ of: 'ratio', atLeast: 0.8 }]);
    return {
      figures: [thousand.figure, tenThousand.figure, ...memoryFigure(tenThousand.peakMb, thousand.peakMb)],
      notes: [thousand.note, tenThousand.note, 'Airflow 3 on two cores: 10 mapped tasks per second.'],
      details: { pairs: { 1000: thousand.pairs, 10000: tenThousand.pairs } },
    };
  },
};

/** Each size has workers of its own, for a peak of memory never comes down again. */
async function measure(options: BenchOptions, tasks: number, targets: readonly Target[]) {
  const dagId = `bench_mapping_${tasks}`;
  return await withContest([dagId], async (contest: Contest) => {
    options.progress(`${tasks} items`);
    const pairs = await takeTurns(options, {
      ours: () => contest.ours(dagId),
      bare: () => contest.bare('bareMapping', { tasks, window }),
    });
    const figure: Figure = {
      name: `${tasks} items`,
      unit: 'instances per second',
      ours: pairs.map((pair) => (tasks * 1_000) / durationMs(pair.ours)),
      baseline: pairs.map((pair) => (tasks * 1_000) / durationMs(pair.bare)),
      targets,
    };
    return { pairs, figure, note: historyNote(`${tasks} items`, pairs), peakMb: contest.oursPeakMb() };
  });
}

/** The larger mapping's peak beside the smaller one's, which stands where the baseline does. */
function memoryFigure(large: number | null, small: number | null): readonly Figure[] {
  if (large === null || small === null) return [];
  const targets: readonly Target[] = [{ of: 'ratio', atMost: 1.5 }];
  return [
    {
      name: "peak of the worker's memory, 10,000 against 1,000",
      unit: 'MB',
      ours: [large],
      baseline: [small],
      targets,
    },
  ];
}

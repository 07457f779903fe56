import { type Contest, durationMs, historyNote, processorFigures, takeTurns, withContest } from './against-bare';
import type { Bench, BenchOptions, Figure, Target } from './harness';

/** As many tasks in flight as every DAG has by default. */
const window = 40;

/** How many tasks per second one run gets through when nothing orders them. */
export const fanOut: Bench = {
  name: 'fan-out',
  title: '100 and 1,000 tasks that do nothing, side by side, against one bare Temporal workflow',
  method:
    'Ours: DAGs of a "tidemill worker" process, triggered through their dag_control, 40 tasks in flight. Bare: one workflow that keeps 40 activities in flight, on a worker process with the same options, on the same server (SQLite file). Tasks through the time from start to end of the workflow by the server\'s clock; ours and bare in turns.',
  measure: async (options) =>
    await withContest(['bench_fan_out_100', 'bench_fan_out_1000'], async (contest) => {
      const hundred = await contestOf(contest, options, 100, []);
      const thousand = await contestOf(contest, options, 1_000, [{ of: 'ratio', atLeast: 0.8 }]);
      return {
        figures: [...hundred.figures, ...thousand.figures],
        notes: [hundred.note, thousand.note, 'Airflow 3 on two cores: 10 mapped tasks per second.'],
        details: { pairs: { 100: hundred.pairs, 1000: thousand.pairs } },
      };
    }),
};

async function contestOf(contest: Contest, options: BenchOptions, tasks: number, targets: readonly Target[]) {
  options.progress(`${tasks} tasks`);
  const pairs = await takeTurns(options, {
    ours: () => contest.ours(`bench_fan_out_${tasks}`),
    bare: () => contest.bare('bareFanOut', { tasks, window }),
  });
  const figure: Figure = {
    name: `${tasks} tasks`,
    unit: 'tasks per second',
    ours: pairs.map((pair) => (tasks * 1_000) / durationMs(pair.ours)),
    baseline: pairs.map((pair) => (tasks * 1_000) / durationMs(pair.bare)),
    targets,
  };
  return {
    pairs,
    figures: [figure, ...processorFigures(figure.name, tasks, pairs)],
    note: historyNote(`${tasks} tasks`, pairs),
  };
}

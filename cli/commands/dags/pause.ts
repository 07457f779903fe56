import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { print } from '../../output';

/** `tidemill dags pause|unpause DAG…`. */
export function addPauseCommands(dags: Command): void {
  const pause = dags
    .command('pause')
    .description('keep the schedule from starting runs; explicit triggers still run')
    .argument('<dag...>', 'ids of DAGs');
  addServerOptions(pause).action((dagIds: readonly string[], flags: PlaceFlags) =>
    withClient(flags, async (client) => {
      for (const dagId of dagIds) {
        await client.pause(dagId);
        print(`${dagId} is paused`);
      }
    }),
  );
  addExamples(pause, [['tidemill dags pause retail_daily retail_marts', 'two DAGs at once']]);

  const unpause = dags
    .command('unpause')
    .description('let the schedule start runs; the latest complete interval that was missed runs at once')
    .argument('<dag...>', 'ids of DAGs');
  addServerOptions(unpause).action((dagIds: readonly string[], flags: PlaceFlags) =>
    withClient(flags, async (client) => {
      for (const dagId of dagIds) {
        await client.unpause(dagId);
        print(`${dagId} is active`);
      }
    }),
  );
  addExamples(unpause, [['tidemill dags unpause retail_daily', 'from now on by its schedule']]);
}

import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { print } from '../../output';

const commands = [
  ['pause', 'start no further run of a backfill; active ones go on', 'is paused'],
  ['resume', 'go on with a backfill that was paused', 'goes on'],
  ['cancel', 'stop the active runs of a backfill; dates that have not begun never will', 'is being cancelled'],
] as const;

/** `tidemill backfill pause|resume|cancel DAG BACKFILL`. */
export function addBackfillControlCommands(backfill: Command): void {
  for (const [name, description, done] of commands) {
    const command = backfill
      .command(name)
      .description(description)
      .argument('<dag>', 'id of the DAG')
      .argument('<backfill>', 'id of the backfill, or "latest"');
    addServerOptions(command).action((dagId: string, typed: string, flags: PlaceFlags) =>
      withClient(flags, async (client) => {
        const backfillId = await client.backfills.resolve(dagId, typed);
        await client.backfills[name](dagId, backfillId);
        print(`${backfillId} ${done}`);
      }),
    );
  }
}

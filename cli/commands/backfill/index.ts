import type { Command } from 'commander';
import { addBackfillControlCommands } from './control';
import { addBackfillCreateCommand } from './create';
import { addBackfillLookCommands } from './look';

/** `tidemill backfill …`: runs over many dates, in a window of their own. */
export function addBackfillCommands(program: Command): void {
  const backfill = program.command('backfill').description('run a DAG for many dates, watch, pause and cancel that');
  addBackfillCreateCommand(backfill);
  addBackfillLookCommands(backfill);
  addBackfillControlCommands(backfill);
}

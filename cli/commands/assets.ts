import type { Command } from 'commander';
import type { ListedAsset } from '../../client';
import type { AssetHub } from '../../engine';
import { addServerOptions, type PlaceFlags, withClient } from '../connect';
import { addExamples } from '../help';
import { addOutputOption, instantText, type ListColumn, type ListFormat, print, printList, say } from '../output';
import { positiveInteger } from './dags/list-runs';

interface AssetsFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill assets …`: what DAGs make and what others wait for. */
export function addAssetsCommands(program: Command): void {
  const assets = program
    .command('assets')
    .description('look at assets: who makes them, who waits for them, their events');
  const list = assets.command('list').description('list all assets that deployed DAGs make or wait for');
  addOutputOption(addServerOptions(list)).action(listAssets);
  addExamples(list, [['tidemill assets list', 'assets, their producers and consumers']]);

  const details = assets.command('details').argument('<asset>', 'name of the asset');
  details.description('print what waits for an asset, and what became of its last events there');
  addOutputOption(addServerOptions(details)).action(assetDetails);
  addExamples(details, [['tidemill assets details core.star', 'what each consumer did with its events']]);

  const events = assets.command('events').argument('<asset>', 'name of the asset');
  events.description('list the last events of an asset, newest first, and whom they were handed to');
  events.option('-n, --limit <n>', 'how many', positiveInteger, 20);
  addOutputOption(addServerOptions(events)).action(assetEvents);
  addExamples(events, [['tidemill assets events core.star -n 5', 'the last five']]);

  const materialize = assets.command('materialize').argument('<asset>', 'name of the asset');
  materialize.description('trigger the DAGs that make an asset');
  materialize.option('--interval <start/end>', 'the interval of the runs; without it the latest complete one');
  addServerOptions(materialize).action(materializeAsset);
  addExamples(materialize, [['tidemill assets materialize core.star', 'make it anew, for the latest interval']]);
}

async function listAssets(flags: AssetsFlags): Promise<void> {
  const found = await withClient(flags, (client) => client.assets());
  const columns: readonly ListColumn<ListedAsset>[] = [
    { name: 'asset', value: ({ name }) => name },
    { name: 'producers', value: ({ producers }) => producers, text: ({ producers }) => producers.join(', ') },
    { name: 'consumers', value: ({ consumers }) => consumers, text: ({ consumers }) => consumers.join(', ') },
  ];
  await printList(found, columns, { format: flags.output, empty: 'No deployed DAG makes an asset or waits for one.' });
}

interface OutcomeRow {
  readonly event: string;
  readonly consumer: string;
  readonly outcome: string;
  readonly at: string | null;
}

async function assetDetails(name: string, flags: AssetsFlags): Promise<void> {
  const { hub, rows } = await withClient(flags, async (client) => {
    const found = await client.asset(name);
    const outcomes: OutcomeRow[] = [];
    for (const dagId of found.consumers) {
      const { mailbox } = await client.control(dagId);
      for (const { id, asset } of mailbox.pending) {
        if (asset === name) outcomes.push({ event: id, consumer: dagId, outcome: 'waits for other assets', at: null });
      }
      for (const { id, asset, at, outcome } of mailbox.records) {
        if (asset !== name) continue;
        const text =
          outcome.kind === 'ignored'
            ? `ignored: ${outcome.why}`
            : `${outcome.kind === 'merged' ? 'merged into' : 'consumed by'} ${outcome.runId}`;
        outcomes.push({ event: id, consumer: dagId, outcome: text, at });
      }
    }
    return { hub: found, rows: outcomes };
  });
  say(`${name}: made by ${namesText(hub.producers)}; waited for by ${namesText(hub.consumers)}`);
  const columns: readonly ListColumn<OutcomeRow>[] = [
    { name: 'consumer', value: ({ consumer }) => consumer },
    { name: 'outcome', value: ({ outcome }) => outcome },
    { name: 'at', value: ({ at }) => at, text: ({ at }) => (at === null ? '' : `${instantText(at)} UTC`) },
    { name: 'event', value: ({ event }) => event, canShrink: true },
  ];
  await printList(rows, columns, { format: flags.output, empty: 'No DAG that waits for it has had an event of it.' });
}

async function assetEvents(name: string, flags: AssetsFlags & { readonly limit: number }): Promise<void> {
  const { events } = await withClient(flags, (client) => client.asset(name));
  const columns: readonly ListColumn<AssetHub['events'][number]>[] = [
    { name: 'at', value: ({ event }) => event.at, text: ({ event }) => `${instantText(event.at)} UTC` },
    { name: 'partition', value: ({ event }) => event.partition },
    { name: 'source', value: ({ event }) => event.source },
    {
      name: 'consumers',
      value: ({ consumers }) => consumers,
      text: ({ consumers }) => (consumers.length === 0 ? 'none: no DAG waited for it' : consumers.join(', ')),
    },
    { name: 'id', value: ({ event }) => event.id, isDetail: true },
  ];
  await printList(events.slice(0, flags.limit), columns, { format: flags.output, empty: `${name} has no event yet.` });
}

async function materializeAsset(name: string, flags: PlaceFlags & { readonly interval?: string }): Promise<void> {
  const { interval } = flags;
  const started = await withClient(flags, (client) =>
    client.materialize(name, interval === undefined ? {} : { interval }),
  );
  for (const { dagId, runIds } of started) for (const runId of runIds) print(`${dagId} ${runId}`);
}

function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'nobody' : names.join(', ');
}

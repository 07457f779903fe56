import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { type AssetHub, advanceHub, type HubCommand, type HubEvent, newHub } from '../engine/interpreter';
import { houseActivities } from './house-activities';
import { declareSignal, happenSignal, hubQuery } from './messages';

/** Small enough that a replay is quick, large enough that a burst of events does not outrun it. */
const maxHistoryEvents = 1_500;

export interface AssetHubInput {
  readonly name: string;
  /** The state to go on from, after continue-as-new. */
  readonly hub: AssetHub | null;
}

/**
 * One per asset, for ever: hears of each event once, and hands it to the controls of the DAGs that
 * wait for the asset. All decisions are in `engine/assets`; this performs them.
 */
export async function assetHub(input: AssetHubInput): Promise<void> {
  let hub = input.hub ?? newHub(input.name);
  const commands: HubCommand[] = [];
  const apply = (event: HubEvent): void => {
    const step = advanceHub(hub, event);
    hub = step.state;
    commands.push(...step.commands);
    if (event.kind === 'declared') upsertMemo({ producers: [...hub.producers], consumers: [...hub.consumers] });
  };
  const isLong = (): boolean => {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return historyLength > maxHistoryEvents || continueAsNewSuggested;
  };
  setHandler(hubQuery, () => hub, { description: 'who makes this asset, who waits for it, and its last events' });
  setHandler(declareSignal, (role) => apply({ kind: 'declared', ...role }));
  setHandler(happenSignal, (event) => apply({ kind: 'happened', event }));
  for (;;) {
    await condition(() => commands.length > 0 || isLong());
    for (const { dagId, event } of commands.splice(0)) await houseActivities.handOver({ dagId, event });
    await condition(allHandlersFinished);
    // Handlers may have left commands: they are performed before the history is left.
    if (isLong() && commands.length === 0) await continueAsNew<typeof assetHub>({ name: input.name, hub });
  }
}

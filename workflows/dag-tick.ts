import { houseActivities } from './house-activities';

/**
 * Started by a DAG's Temporal Schedule: asks the timetable what is due and hands it to the DAG's
 * control. It decides nothing, so a wake-up too many does no harm.
 */
export async function dagTick({ dagId }: { readonly dagId: string }): Promise<void> {
  await houseActivities.wakeControl({ dagId });
}

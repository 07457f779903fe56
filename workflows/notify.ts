import { proxyActivities } from '@temporalio/workflow';
import type { Notice } from '../engine/interpreter';
import type { NotifyActivities } from './house-activities';

/**
 * Twelve attempts over about half an hour: a receiver that is being restarted is back by then, and one that is gone for
 * longer has other people looking for it.
 */
const activities = proxyActivities<NotifyActivities>({
  startToCloseTimeout: '1 minute',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 12,
  },
});

/**
 * Tells one notice, beside the run that it is about: it outlives the run and every worker, and whatever becomes of it
 * changes nothing there. One that cannot be delivered is a failed workflow in Temporal's UI.
 */
export async function notify(notice: Notice): Promise<void> {
  await activities.sendNotice(notice);
}

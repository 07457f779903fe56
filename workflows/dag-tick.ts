import type { TimetableAnswers, TimetableQuestion } from '../engine/interpreter';
import { houseActivities } from './house-activities';

export interface DagTickInput {
  readonly dagId: string;
  /** Asked by a client that has not the DAG file, and with it no timetable of the author's own. */
  readonly question?: TimetableQuestion;
}

/**
 * Started by a DAG's Temporal Schedule: asks the timetable what is due and hands it to the DAG's
 * control. It decides nothing, so a wake-up too many does no harm. With a question it answers that
 * and hands over nothing.
 */
export async function dagTick({
  dagId,
  question,
}: DagTickInput): Promise<TimetableAnswers[keyof TimetableAnswers] | null> {
  if (question !== undefined) return await houseActivities.askTimetable({ dagId, question });
  await houseActivities.wakeControl({ dagId });
  return null;
}

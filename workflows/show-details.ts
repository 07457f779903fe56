import { setCurrentDetails } from '@temporalio/workflow';

/** The UI measures a page without its last margin, and what it cuts off at the end had better be empty. */
const emptyEnd = '\n\n\u00a0';

/**
 * Shows Markdown as the workflow's page in Temporal's UI. Leaves no trace in the history.
 *
 * The page is drawn when somebody asks for it and not at every change, which for a run of a thousand
 * tasks was half of its processor time: the SDK answers that query by JSON, so an object that knows
 * how to become JSON does as well as a text (guarded by `tests/browser/temporal-ui.test.ts`).
 */
export function showDetails(draw: () => string): void {
  const page = { toJSON: () => draw() + emptyEnd };
  setCurrentDetails(page as unknown as string);
}

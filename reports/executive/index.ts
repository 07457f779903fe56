import { renderFigure } from '../frame/figure';
import { formatCount, formatDay } from '../frame/format';
import { html } from '../frame/html';
import { renderHeadline, renderPage } from '../frame/page';
import { countriesFigure } from './countries';
import type { ExecutiveData } from './data';
import { headlineFigures } from './headline';
import { productsSection } from './products';
import { retentionFigure } from './retention';
import { revenueFigure } from './revenue';
import { segmentsFigure } from './segments';

/**
 * The executive dashboard as one HTML file that needs no network and runs no script.
 *
 * Same data, same bytes: the only dates in it come from the data. Takes some tenths of a second of
 * computing without a pause, so call it in a thread of its own.
 */
export function renderExecutive(data: ExecutiveData): string {
  const body = html`${renderHeadline(headlineFigures(data))}${renderFigure(revenueFigure(data))}${renderFigure(retentionFigure(data))}<div class="pair">
${renderFigure(segmentsFigure(data))}${renderFigure(countriesFigure(data))}</div>
${productsSection(data)}`;
  return renderPage({
    title: 'Sales at a glance',
    subtitle: period(data),
    body,
    footer: `Computed by Tidemill from release ${formatCount(data.release)} of the warehouse. Revenue is gross sales, services such as postage included; returns are shown beside it, never hidden in it.`,
  });
}

function period({ firstDay, newestDay }: ExecutiveData): string {
  if (firstDay === null || newestDay === null) return 'No sales yet';
  return firstDay === newestDay ? formatDay(firstDay) : `${formatDay(firstDay)} to ${formatDay(newestDay)}`;
}

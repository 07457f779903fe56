import { type Chart, renderChart } from './chart';
import { type Html, html } from './html';

/** One entry of a chart's key. */
export interface KeyEntry {
  readonly label: string;
  readonly shape: 'block' | 'outline' | 'line';
  /** A CSS variable of the page: `--accent`. */
  readonly colour: string;
}

/** A chart with what belongs to it: heading, the finding in one sentence, key, notes and the figures behind it. */
export interface Figure {
  readonly id: string;
  readonly heading: string;
  /** What the chart shows, as a sentence; also what is read aloud in its place. */
  readonly finding: string;
  readonly key: readonly KeyEntry[];
  /** Null when there is nothing to draw: the finding then says so. */
  readonly chart: Omit<Chart, 'id' | 'label'> | null;
  readonly note: string | null;
  /** The figures behind the chart; null when there are none. */
  readonly table: Html | null;
}

/** Renders a figure; the figures behind the chart are folded away on screen and left out on paper. */
export function renderFigure({ id, heading, finding, key, chart, note, table }: Figure): Html {
  const drawn = chart === null ? null : renderChart({ id, label: `${heading}. ${finding}`, ...chart });
  return html`<section class="figure" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}</h2>
<p class="finding">${finding}</p>
${drawn === null ? null : html`<figure>\n${key.length === 0 ? null : renderKey(key)}${drawn}\n</figure>\n`}${note === null ? null : html`<p class="note">${note}</p>\n`}${table === null ? null : html`<details><summary>The numbers</summary>\n${table}\n</details>\n`}</section>
`;
}

function renderKey(entries: readonly KeyEntry[]): Html {
  const items = entries.map(
    ({ label, shape, colour }) => html`<li><i class="${shape}" style="--key: var(${colour})"></i>${label}</li>`,
  );
  return html`<ul class="key" aria-hidden="true">${items}</ul>\n`;
}

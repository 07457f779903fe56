import { cleanText, type Html, html } from './html';

/** A column of a table: numbers stand to the right, in figures of equal width. */
export interface TableColumn<Row> {
  readonly heading: string;
  readonly kind: 'text' | 'number';
  readonly cell: (row: Row) => Html | string;
}

/** A table with a caption; the first column names the row. Scrolls inside its own box when it is too wide. */
export function renderTable<Row>({
  caption,
  columns,
  rows,
}: {
  readonly caption: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
}): Html {
  const heads = columns.map(({ heading, kind }) => html`<th scope="col" class="${kind}">${heading}</th>`);
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${columns.map((column, index) => renderCell(column, row, index === 0))}</tr>\n`)}</tbody>
</table></div>`;
}

function renderCell<Row>({ kind, cell }: TableColumn<Row>, row: Row, isFirst: boolean): Html {
  const content = cell(row);
  const safe = typeof content === 'string' ? cleanText(content) : content;
  return isFirst ? html`<th scope="row" class="${kind}">${safe}</th>` : html`<td class="${kind}">${safe}</td>`;
}

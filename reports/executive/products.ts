import { formatCount, formatMoney, formatPercent } from '../frame/format';
import { cleanText, type Html, html } from '../frame/html';
import { renderTable } from '../frame/table';
import type { ExecutiveData, ProductFigures } from './data';

/** The best-selling products as a table with their share as a bar; nothing when nothing was sold. */
export function productsSection({ products, productCount, topClassCount, currency }: ExecutiveData): Html | null {
  const [best] = products;
  if (best === undefined) return null;
  const widest = Math.max(...products.map(({ revenueShare }) => revenueShare));
  return html`<section class="figure" aria-labelledby="products-heading">
<h2 id="products-heading">Best-selling products</h2>
<p class="finding">${formatCount(topClassCount)} of ${formatCount(productCount)} products make 80% of product revenue.</p>
${renderTable({
  caption: 'Products by revenue, greatest first',
  rows: products,
  columns: [
    { heading: 'Product', kind: 'text', cell: nameCell },
    { heading: 'Revenue', kind: 'number', cell: (row) => formatMoney(row.revenue, currency, 0) },
    { heading: 'Share of revenue', kind: 'number', cell: (row) => shareCell(row.revenueShare, widest) },
    {
      heading: 'Pieces returned',
      kind: 'number',
      cell: (row) => (row.returnRate === null ? '–' : formatPercent(row.returnRate)),
    },
  ],
})}
</section>
`;
}

function nameCell({ description, stockCode }: ProductFigures): Html {
  const code = cleanText(stockCode);
  const name = cleanText(description ?? '');
  return name === '' ? html`${code}` : html`${name} <small>${code}</small>`;
}

function shareCell(share: number, widest: number): Html {
  const width = widest > 0 ? Math.max(0, (share / widest) * 100).toFixed(1) : '0';
  return html`<span class="share">${formatPercent(share)}<i style="--width: ${width}%"></i></span>`;
}

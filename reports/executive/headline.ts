import { formatCount, formatMoney, formatPercent, formatShortDay } from '../frame/format';
import type { HeadlineFigure } from '../frame/page';
import type { ExecutiveData } from './data';
import { sumMoney } from './money';

/** The eight numbers at the top of the page. */
export function headlineFigures(data: ExecutiveData): readonly HeadlineFigure[] {
  const { currency, months } = data;
  const revenue = sumMoney(months.map((month) => month.revenue));
  const net = sumMoney(months.map((month) => month.netRevenue));
  const returned = sumMoney(months.map((month) => month.returnsAmount));
  const orders = months.reduce((sum, month) => sum + month.orderCount, 0);
  const share = Number(revenue) > 0 ? -Number(returned) / Number(revenue) : null;
  return [
    { label: 'Revenue', value: formatMoney(revenue, currency, 0), detail: 'gross sales' },
    { label: 'Net revenue', value: formatMoney(net, currency, 0), detail: 'after returns' },
    {
      label: 'Returns',
      value: formatMoney(returned.replace(/^-/, ''), currency, 0),
      detail: share === null ? null : `${formatPercent(share)} of revenue`,
    },
    {
      label: 'Average order',
      value: orders === 0 ? '–' : formatMoney((Number(revenue) / orders).toFixed(4), currency),
      detail: 'gross, per order',
    },
    { label: 'Orders', value: formatCount(orders), detail: 'invoices with sales' },
    { label: 'Customers', value: formatCount(data.customerCount), detail: 'known by number' },
    {
      label: 'Newest day',
      value: data.newestDay === null ? '–' : formatShortDay(data.newestDay),
      detail: 'with sales or returns',
    },
    { label: 'Release', value: formatCount(data.release), detail: 'the figures come from it' },
  ];
}

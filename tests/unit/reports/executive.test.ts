import { describe, expect, test } from '@jest/globals';
import { renderExecutive } from '../../../reports';
import { aCountry, aMonth, cohortsOf, executiveData, noExecutiveData } from './an-executive-report';

const hostile = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'</style></svg><svg onload=alert(1)>",
  '{name|rich} {value} {c}',
  '&lt;b&gt; & <!-- -->]]>',
  'two\nlines\u0000and\u001b[31m a bell\u0007',
  'gnp\u202Eexe.abc\uD800',
  'x'.repeat(5000),
  '__proto__',
  '',
];

describe('the executive dashboard', () => {
  test('shows four charts, each drawn for wide and for narrow screens, with the figures behind it', () => {
    const page = renderExecutive(executiveData());

    expect(chartIds(page)).toEqual(
      ['revenue', 'retention', 'segments', 'countries'].flatMap((id) => [`${id}-wide`, `${id}-narrow`]),
    );
    expect(count(page, '<details>')).toBe(4);
    expect(count(page, '<caption>')).toBe(5);
    expect(count(page, 'role="img" aria-label="')).toBe(8);
  });

  test('adds money up exactly and rounds it for display only', () => {
    const months = [aMonth('2011-01-01', 10), aMonth('2011-02-01', 20)].map((month) => ({
      ...month,
      revenue: '0.2450',
    }));
    const page = renderExecutive(executiveData({ months }));

    expect(headline(page, 'Revenue')).toBe('£0');
    expect(headline(page, 'Average order')).toBe('£0.00');
    expect(page).toContain('>£0.25<');
    expect(headline(renderExecutive(executiveData()), 'Returns')).toBe('£375,000');
  });

  test('names the release and the newest day, and knows no other time', () => {
    const page = renderExecutive(executiveData());
    const years = new Set(page.replace(/<svg.*?<\/svg>|<style>[\s\S]*?<\/style>/g, '').match(/\b20\d\d\b/g));

    expect(headline(page, 'Release')).toBe('22');
    expect(headline(page, 'Newest day')).toBe('9 Feb 2012');
    expect([...years].sort()).toEqual(['2010', '2011', '2012']);
  });

  test('is the same bytes for the same data, whatever was drawn before', () => {
    const first = renderExecutive(executiveData());
    renderExecutive(executiveData({ months: [] }));

    expect(renderExecutive(structuredClone(executiveData()))).toBe(first);
    expect(first).not.toMatch(/\bzr\d/);
  });

  test('names every id once and refers to ids that exist', () => {
    const page = renderExecutive(executiveData());
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    const used = [...page.matchAll(/url\(#([^)]+)\)|aria-labelledby="([^"]+)"/g)].map((match) => match[1] ?? match[2]);

    expect(new Set(ids).size).toBe(ids.length);
    expect(used.filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('takes every colour from the page, so that dark mode and print reach the charts', () => {
    const charts =
      renderExecutive(executiveData())
        .match(/<svg.*?<\/svg>/gs)
        ?.map((chart) => chart.replace(/<clipPath.*?<\/clipPath>/g, '')) ?? [];
    const colours = charts.flatMap((chart) =>
      [...chart.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map((match) => match[1]),
    );

    expect(new Set(colours.filter((colour) => !/^(var\(--[\w-]+\)|none)$/.test(colour ?? '')))).toEqual(new Set());
    expect(colours.length).toBeGreaterThan(100);
  });

  test('loads nothing and runs nothing', () => {
    const page = renderExecutive(executiveData());

    expect(page).not.toMatch(/<script|<link(?! rel="icon" href="data:,")|@import|url\((?!#)|\bon\w+=|https?:/i);
    expect(page).toContain(`content="default-src 'none';`);
  });

  test.each(hostile)('shows the name %j as text, wherever names stand', (name) => {
    const page = renderExecutive(
      executiveData({
        segments: [{ segment: name, customerCount: 3, revenue: '30.0000' }],
        countries: [aCountry(name, 900), aCountry(`${name}!`, 90), aCountry(name, 9)],
        products: [{ stockCode: name, description: name, revenue: '30.0000', revenueShare: 1, returnRate: 0 }],
      }),
    );
    const tags = new Set([...page.matchAll(/<(\/?[a-z!][\w-]*)/gi)].map((match) => match[1]?.toLowerCase()));

    expect([...tags].filter((tag) => !ownTags.has(tag ?? ''))).toEqual([]);
    expect(page.replace(/"[^"]*"/g, '""').match(/<[^>]*\son\w+=/g)).toBeNull();
    expect(page.match(/[^\P{Cc}\n]|\u202E|\p{Surrogate}/gu)).toBeNull();
  });

  test('keeps markup in names readable as they were written', () => {
    const page = renderExecutive(executiveData({ countries: [aCountry('A & <B>', 5), aCountry('{a|b}', 4)] }));

    expect(page).toContain('A &amp; &lt;B&gt; brings 56% of revenue');
    expect(page).toMatch(/<text [^>]*>\{a\|b\}<\/text>/);
  });
});

describe('the executive dashboard of little data', () => {
  test('says that there is nothing where there is nothing', () => {
    const page = renderExecutive(noExecutiveData());

    expect(chartIds(page)).toEqual([]);
    expect(count(page, '<table')).toBe(0);
    expect(page).toContain('No sales yet');
    expect(headline(page, 'Revenue')).toBe('£0');
    expect(headline(page, 'Average order')).toBe('–');
  });

  test('shows revenue without customers', () => {
    const page = renderExecutive(executiveData({ customerCount: 0, cohorts: [], segments: [] }));

    expect(chartIds(page)).toEqual(['revenue-wide', 'revenue-narrow', 'countries-wide', 'countries-narrow']);
    expect(count(page, 'There are no known customers yet.')).toBe(2);
  });

  test('shows one month, in which nobody can have come back yet', () => {
    const page = renderExecutive(
      executiveData({ months: [aMonth('2010-12-01', 700_000)], cohorts: cohortsOf(1), newestDay: '2010-12-21' }),
    );

    expect(chartIds(page)).toContain('revenue-wide');
    expect(chartIds(page)).not.toContain('retention-wide');
    expect(page).toContain('December 2010 brought £700k.');
    expect(page).toContain('Retention shows from the second month of sales on.');
    expect(page).toContain('December 2010 is not complete: the data end on 21 December 2010.');
  });

  test('shows a month of which only returns are known', () => {
    const page = renderExecutive(
      executiveData({
        months: [{ ...aMonth('2011-01-01', 0), revenue: '0.0000', netRevenue: '-25000.0000', orderCount: 0 }],
      }),
    );

    expect(headline(page, 'Net revenue')).toBe('−£25,000');
    expect(headline(page, 'Returns')).toBe('£25,000');
    expect(chartIds(page)).toContain('revenue-wide');
  });

  test('calls a month complete when the data reach its last day', () => {
    const page = renderExecutive(executiveData({ newestDay: '2012-02-29' }));

    expect(page).not.toContain('is not complete');
    expect(page).not.toContain('without colour');
  });

  test('draws the newest cohorts of a long history and lists them all', () => {
    const page = renderExecutive(executiveData({ cohorts: cohortsOf(30) }));

    expect(page).toContain('The newest 18 cohorts and their first 18 months are drawn; the table has all.');
    expect(page).toContain('<th scope="row" class="text">December 2010</th>');
  });
});

const ownTags = new Set(
  `!doctype html head meta title link style body header h1 p main dl div dt dd section h2 figure ul li i svg path text
  g defs clippath circle details summary table caption thead tbody tr th td small span footer`
    .split(/\s+/)
    .flatMap((tag) => [tag, `/${tag}`]),
);

function chartIds(page: string): readonly (string | undefined)[] {
  return [...page.matchAll(/<svg class="chart[^"]*" id="([^"]+)"/g)].map((match) => match[1]);
}

function headline(page: string, label: string): string | undefined {
  return new RegExp(`<dt>${label}</dt><dd>([^<]*)</dd>`).exec(page)?.[1];
}

function count(page: string, part: string): number {
  return page.split(part).length - 1;
}

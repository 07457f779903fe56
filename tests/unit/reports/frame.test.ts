import { describe, expect, test } from '@jest/globals';
import { cleanText, html, renderChart, renderPage, renderTable, shortText } from '../../../reports';

describe('markup', () => {
  test('escapes values, joins lists and keeps markup', () => {
    const name = `<b> & "c" 'd'`;

    expect(html`<p title="${name}">${[html`<i>${name}</i>`, 1, null]}</p>`.text).toBe(
      '<p title="&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;"><i>&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</i>1</p>',
    );
  });

  test('puts untrusted text on one line without what cannot be seen', () => {
    expect(cleanText(' a\r\n\tb\u0000c\u202Ed\uD83D é 😀 ')).toBe('a b cd é 😀');
    expect(shortText('a😀cdef', 4)).toBe('a😀c…');
  });
});

describe('a table', () => {
  test('has a caption, headed columns and rows headed by their first cell', () => {
    const table = renderTable({
      caption: 'Fruit & more',
      rows: [{ name: '<pear>', price: 2 }],
      columns: [
        { heading: 'Name', kind: 'text', cell: (row) => row.name },
        { heading: 'Price', kind: 'number', cell: (row) => String(row.price) },
      ],
    }).text;

    expect(table).toContain('<caption>Fruit &amp; more</caption>');
    expect(table).toContain('<th scope="col" class="number">Price</th>');
    expect(table).toContain('<tr><th scope="row" class="text">&lt;pear&gt;</th><td class="number">2</td></tr>');
  });
});

describe('a chart', () => {
  const drawing = {
    width: 300,
    height: 200,
    option: {
      grid: { left: 0 },
      xAxis: { type: 'category' as const, data: ['<a>'] },
      yAxis: { type: 'value' as const },
      series: [{ type: 'line' as const, data: [1], clip: true, areaStyle: {} }],
    },
  };

  test('carries ids of its own, however many were drawn before', () => {
    const chart = { id: 'fruit', label: 'Fruit "by" month', wide: drawing, narrow: drawing };
    const first = renderChart(chart).text;

    expect(renderChart(chart).text).toBe(first);
    expect(first).toContain('aria-label="Fruit &quot;by&quot; month"');
    expect(first).toContain('clip-path="url(#fruit-wide-0)"');
    expect(first).toContain('id="fruit-narrow-0"');
    expect(first).not.toMatch(/\bzr\d|<style|ecmeta|CDATA/);
  });
});

test('a page is one complete file with title and language', () => {
  const page = renderPage({ title: 'A & B', subtitle: 'May', body: html`<p>hello</p>`, footer: 'end' });

  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page).toContain('<title>A &amp; B · May</title>');
  expect(page.trimEnd().endsWith('</html>')).toBe(true);
});

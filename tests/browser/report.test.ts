import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from '@jest/globals';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { renderExecutive } from '../../reports';
import { testWith } from '../support/requirements';
import { aCountry, executiveData } from '../unit/reports/an-executive-report';

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const wide = { width: 1200, height: 900 };
const phone = { width: 390, height: 844 };

testWith('chromium', 'the executive dashboard opens without any request and shows four charts with text', (path) =>
  withBrowser(path, async (browser) => {
    await withReport(browser, { viewport: wide }, async (page, requests) => {
      const charts = await visibleCharts(page);

      expect(charts.map(({ id }) => id)).toEqual(['revenue-wide', 'retention-wide', 'segments-wide', 'countries-wide']);
      for (const { texts, height } of charts) {
        expect(texts).toBeGreaterThan(5);
        expect(height).toBeGreaterThan(100);
      }
      expect(requests).toEqual([page.url()]);
    });
  }),
);

testWith('chromium', 'the executive dashboard fits a phone, with text that can be read', (path) =>
  withBrowser(path, async (browser) => {
    await withReport(browser, { viewport: phone }, async (page) => {
      const charts = await visibleCharts(page);
      for (const summary of await page.locator('summary').all()) await summary.click();

      expect(charts.map(({ id }) => id)).toEqual([
        'revenue-narrow',
        'retention-narrow',
        'segments-narrow',
        'countries-narrow',
      ]);
      expect(Math.min(...charts.map(({ smallestText }) => smallestText))).toBeGreaterThanOrEqual(9);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
      expect(await page.locator('table:visible').count()).toBe(5);
    });
  }),
);

testWith('chromium', 'the executive dashboard has enough contrast in light and dark mode, and prints light', (path) =>
  withBrowser(path, async (browser) => {
    const surfaces: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await withReport(browser, { viewport: wide, colorScheme }, async (page) => {
        const { surface, weak, bars } = await contrasts(page);
        surfaces.push(surface);

        expect(weak).toEqual([]);
        expect(bars).toBeGreaterThanOrEqual(1.5);

        await page.emulateMedia({ media: 'print', colorScheme });
        expect((await contrasts(page)).surface).toBe('rgb(255, 255, 255)');
      });
    }
    expect(new Set(surfaces).size).toBe(2);
  }),
);

testWith('chromium', 'names that look like markup stay text in the browser', (path) =>
  withBrowser(path, async (browser) => {
    const name = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;
    const data = executiveData({
      countries: [aCountry(name, 9), aCountry('x'.repeat(400), 2)],
      segments: [{ segment: name, customerCount: 1, revenue: '1.0000' }],
      products: [{ stockCode: 'y'.repeat(300), description: name, revenue: '1.0000', revenueShare: 1, returnRate: 0 }],
    });
    await withReport(
      browser,
      { viewport: phone },
      async (page, requests) => {
        for (const summary of await page.locator('summary').all()) await summary.click();

        expect(await page.locator('img, script, iframe, object').count()).toBe(0);
        expect(await page.locator('th', { hasText: name }).count()).toBeGreaterThanOrEqual(3);
        expect(await page.title()).not.toBe('taken');
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(phone.width);
        expect(requests).toEqual([page.url()]);
      },
      data,
    );
  }),
);

async function withBrowser(executablePath: string, body: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
}

/** Opens the dashboard as a file, recording every address that the page asks for. */
async function withReport(
  browser: Browser,
  options: BrowserContextOptions,
  body: (page: Page, requests: readonly string[]) => Promise<void>,
  data = executiveData(),
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-report-'));
  const file = join(folder, 'executive.html');
  writeFileSync(file, renderExecutive(data));
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  await body(page, requests);
  await context.close();
  rmSync(folder, { recursive: true });
}

interface VisibleChart {
  readonly id: string;
  readonly height: number;
  readonly texts: number;
  /** In pixels of the screen. */
  readonly smallestText: number;
}

// The scripts below run in the page; they are text because the project is compiled without the types of a browser.
function visibleCharts(page: Page): Promise<readonly VisibleChart[]> {
  return page.evaluate(`[...document.querySelectorAll('svg.chart')]
    .filter((svg) => svg.getClientRects().length > 0)
    .map((svg) => {
      const box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '');
      const sizes = texts.map((text) => parseFloat(getComputedStyle(text).fontSize) * scale);
      return { id: svg.id, height: box.height, texts: texts.length, smallestText: Math.min(...sizes) };
    })`);
}

interface Contrasts {
  readonly surface: string;
  /** Texts with less than 4.5 : 1 against what they stand on. */
  readonly weak: readonly string[];
  /** The least contrast of a column or bar against the page. */
  readonly bars: number;
}

function contrasts(page: Page): Promise<Contrasts> {
  return page.evaluate(`(() => {
    const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const luminance = (colour) => {
      const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => {
      const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
      return (light + 0.05) / (dark + 0.05);
    };
    const surface = getComputedStyle(document.body).backgroundColor;
    const weak = [];
    const seen = (element) => element.getClientRects().length > 0 && element.textContent.trim() !== '';
    for (const element of [...document.querySelectorAll('h1, h2, p, dt, dd, li, th, td, small, summary, caption')].filter(seen)) {
      const ratio = contrast(getComputedStyle(element).color, surface);
      if (ratio < 4.5) weak.push(element.textContent.slice(0, 40) + ' ' + ratio.toFixed(2));
    }
    let bars = Infinity;
    for (const svg of [...document.querySelectorAll('svg.chart')].filter((one) => one.getClientRects().length > 0)) {
      const shapes = [...svg.querySelectorAll('path')].filter((path) => !path.closest('defs') && !/none|rgba/.test(getComputedStyle(path).fill));
      for (const text of [...svg.querySelectorAll('text')].filter(seen)) {
        const box = text.getBoundingClientRect();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        const under = shapes.filter((path) => {
          const area = path.getBoundingClientRect();
          return area.x <= x && x <= area.right && area.y <= y && y <= area.bottom;
        });
        const ground = under.length > 0 ? getComputedStyle(under.at(-1)).fill : surface;
        const ratio = contrast(getComputedStyle(text).fill, ground);
        if (ratio < 4.5) weak.push(svg.id + ': ' + text.textContent + ' ' + ratio.toFixed(2));
      }
      if (svg.id.startsWith('retention')) continue;
      for (const path of shapes) {
        const fill = getComputedStyle(path).fill;
        if (fill !== surface && path.getAttribute('fill') !== 'var(--rule)') bars = Math.min(bars, contrast(fill, surface));
      }
    }
    return { surface, weak, bars };
  })()`);
}

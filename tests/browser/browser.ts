import { type Browser, chromium, type Page } from 'playwright-core';

/** No sandbox, since tests run in containers as root; and nothing that talks to anybody but the page. */
const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export interface PageOptions {
  /** Chromium's program. */
  readonly executable: string;
  readonly width?: number;
  readonly height?: number;
  /** Pixels of the picture for one of the page. */
  readonly scale?: number;
}

/** Opens an empty page in a Chromium of its own, which has ended when the body is over. */
export async function withPage<Result>(options: PageOptions, body: (page: Page) => Promise<Result>): Promise<Result> {
  const browser: Browser = await chromium.launch({ executablePath: options.executable, args: flags });
  try {
    const { width = 1400, height = 1000, scale = 1 } = options;
    const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: scale });
    page.setDefaultTimeout(60_000);
    return await body(page);
  } finally {
    await browser.close();
  }
}

/** The address of a workflow's page in Temporal's UI; `tab` as in its own addresses. */
export function workflowPage(
  ui: { readonly uiUrl: string; readonly namespace: string },
  workflow: { readonly workflowId: string; readonly runId: string },
  tab: 'timeline' | 'history' | 'user-metadata',
): string {
  const path = ['namespaces', ui.namespace, 'workflows', workflow.workflowId, workflow.runId, tab];
  return `${ui.uiUrl}/${path.map(encodeURIComponent).join('/')}`;
}

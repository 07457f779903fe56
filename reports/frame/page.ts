import { type Html, html, ownMarkup } from './html';
import { STYLESHEET } from './stylesheet';

/** One number that matters, with its name and, where it needs one, an explanation. */
export interface HeadlineFigure {
  readonly label: string;
  readonly value: string;
  readonly detail: string | null;
}

/** A page: title, a line below it, then the body. */
export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly body: Html;
  readonly footer: string;
}

/**
 * A complete HTML file that needs nothing else: styles inside, no script, and a content policy under
 * which a browser loads nothing and runs nothing, whatever the data say.
 */
export function renderPage({ title, subtitle, body, footer }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title} · ${subtitle}</title>
<link rel="icon" href="data:,">
<style>
${ownMarkup(STYLESHEET)}</style>
</head>
<body>
<header class="page">
<h1>${title}</h1>
<p>${subtitle}</p>
</header>
<main>
${body}</main>
<footer class="page"><p>${footer}</p></footer>
</body>
</html>
`.text;
}

/** The row of headline figures. */
export function renderHeadline(figures: readonly HeadlineFigure[]): Html {
  const items = figures.map(
    ({ label, value, detail }) =>
      html`<div><dt>${label}</dt><dd>${value}</dd>${detail === null ? null : html`<dd class="detail">${detail}</dd>`}</div>\n`,
  );
  return html`<dl class="headline" aria-label="Headline figures">\n${items}</dl>\n`;
}

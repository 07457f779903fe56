/**
 * The look of every page: one column of text and figures in ink on paper, hairlines, one colour and
 * its contrast. Charts take these variables too, so that dark mode and print need no second drawing.
 */
export const STYLESHEET = `
:root {
  color-scheme: light dark;
  --surface: #fcfbf9; --ink: #1b2225; --muted: #5a6468; --rule: #dedad2;
  --accent: #12627a; --accent-soft: #a3c6cf; --contrast: #b3452a;
  --heat-1: #edf3f3; --heat-2: #d5e6e8; --heat-3: #b5d3d9; --heat-4: #8dbac5;
  --heat-5: #35788b; --heat-6: #185c71; --heat-7: #083f50; --heat-inverse: #ffffff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --surface: #13191b; --ink: #e4e8e6; --muted: #9ba7a9; --rule: #303a3d;
    --accent: #62b5c9; --accent-soft: #31606c; --contrast: #f09474;
    --heat-1: #1c2629; --heat-2: #1f343a; --heat-3: #24454e; --heat-4: #2b5763;
    --heat-5: #4f9fb3; --heat-6: #78bfcf; --heat-7: #a8dfea; --heat-inverse: #0d1416;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 3rem 1.5rem 4rem; max-width: 1056px;
  background: var(--surface); color: var(--ink);
  font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, system-ui, sans-serif;
  font-variant-numeric: lining-nums tabular-nums; overflow-wrap: anywhere;
}
h1, h2 {
  margin: 0; font-weight: 500; line-height: 1.15; text-wrap: balance;
  font-family: "Iowan Old Style", "Palatino Linotype", Palatino, Charter, "Liberation Serif", Georgia, serif;
}
h1 { font-size: clamp(2rem, 1.5rem + 2.4vw, 2.9rem); letter-spacing: -.012em; }
h2 { font-size: 1.5rem; }
p { margin: 0; }
header.page p { margin-top: .5rem; color: var(--muted); }
.headline {
  display: grid; grid-template-columns: repeat(4, 1fr); gap: 1.5rem 1.5rem;
  margin: 2.25rem 0 0; padding: 1.5rem 0; border-block: 1px solid var(--rule);
}
.headline dt { color: var(--muted); font-size: .875rem; }
.headline dd { margin: 0; font-size: clamp(1.2rem, .9rem + 1.3vw, 1.65rem); line-height: 1.3; letter-spacing: -.01em; }
.headline .detail { color: var(--muted); font-size: .8125rem; letter-spacing: 0; }
.figure { margin-top: 3.25rem; }
.finding { margin-top: .4rem; max-width: 44rem; text-wrap: pretty; }
.note { margin-top: .6rem; max-width: 46rem; color: var(--muted); font-size: .8125rem; text-wrap: pretty; }
figure { margin: 1.1rem 0 0; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.chart-narrow { display: none; }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: 0 0 .7rem; padding: 0; list-style: none; color: var(--muted); font-size: .8125rem; }
.key li { display: flex; align-items: center; gap: .45rem; min-width: 0; }
.key i { flex: none; width: .8rem; height: .8rem; background: var(--key); }
.key i.line { width: 1.2rem; height: 2px; }
.key i.outline { background: none; border: 1.5px dashed var(--key); }
.pair { display: grid; grid-template-columns: 1fr 1fr; column-gap: 3.5rem; }
.pair > * { min-width: 0; }
details { margin-top: .8rem; }
summary { width: fit-content; color: var(--accent); font-size: .875rem; cursor: pointer; }
summary:focus-visible, .table:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; }
.table { overflow-x: auto; margin-top: .8rem; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; }
caption { padding-bottom: .4rem; color: var(--muted); font-size: .8125rem; text-align: left; }
th, td { padding: .38rem 0 .38rem 1rem; border-bottom: 1px solid var(--rule); font-weight: 400; text-align: left; vertical-align: baseline; }
th:first-child { padding-left: 0; }
thead th { color: var(--muted); font-size: .8125rem; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; overflow-wrap: normal; }
.text { min-width: 7rem; }
thead .number { white-space: normal; }
small { color: var(--muted); font-size: .8125rem; white-space: nowrap; }
.share { display: inline-grid; grid-template-columns: 3.2em 6rem; gap: .6rem; align-items: center; }
.share i { height: .6rem; width: var(--width); background: var(--accent-soft); }
footer.page { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); color: var(--muted); font-size: .8125rem; }
footer.page p { max-width: 46rem; text-wrap: pretty; }
@media screen and (max-width: 860px) {
  .pair { display: block; }
  .pair .chart { max-width: 560px; }
  .headline { grid-template-columns: repeat(2, 1fr); }
}
@media screen and (max-width: 620px) {
  body { padding: 1.75rem 1rem 3rem; }
  .chart-wide { display: none; }
  .chart-narrow { display: block; }
  .headline { gap: 1.1rem 1rem; margin-top: 1.5rem; padding: 1.1rem 0; }
  .figure { margin-top: 2.6rem; }
  .share { grid-template-columns: auto; }
  .share i { display: none; }
}
@media print {
  @page { margin: 14mm; }
  :root { --surface: #ffffff; }
  html { font-size: 10pt; }
  body { max-width: none; padding: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details { display: none; }
  .headline { margin-top: 1rem; padding: .8rem 0; gap: .8rem 1.2rem; }
  h1 { font-size: 24pt; }
  h2 { font-size: 15pt; break-after: avoid; }
  .figure { margin-top: 1.6rem; break-inside: avoid; }
  .pair { break-inside: avoid; column-gap: 2rem; }
  tr { break-inside: avoid; }
  footer.page { margin-top: 1.5rem; }
}
`.trimStart();

export { renderExecutive } from './executive';
export type {
  CohortFigures,
  CountryFigures,
  ExecutiveData,
  MonthFigures,
  ProductFigures,
  SegmentFigures,
} from './executive/data';
export { type Chart, type Drawing, renderChart } from './frame/chart';
export { type Figure, type KeyEntry, renderFigure } from './frame/figure';
export { cleanText, escapeHtml, type Html, type HtmlValue, html, shortText } from './frame/html';
export { type HeadlineFigure, type Page, renderHeadline, renderPage } from './frame/page';
export { renderTable, type TableColumn } from './frame/table';

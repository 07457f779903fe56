export { EXECUTIVE_TABLES, readExecutiveData } from './executive-data';
export {
  type ExecutiveReportInput,
  renderExecutiveReport,
  reportKey,
  type WrittenReport,
} from './render-executive-report';

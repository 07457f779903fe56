/** What the tests of a project import from `tidemill/testing`. */
export { type TestedRun, type TestRequest, testDag } from './runner';

export type { ModelCheck, ModelKey, SqlModelKind } from './header';
export { catalogOf, loadSqlCatalog, type SqlCatalog, type SqlModel } from './load';
export { type ParsedSql, parserOf, parseSql, type SqlParse } from './parsed-sql';

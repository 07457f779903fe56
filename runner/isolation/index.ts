export { createIsolation } from './isolation';

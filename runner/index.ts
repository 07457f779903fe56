export { bundleDagFile } from './bundle-dag-file';
export { installationFolder } from './installation';
export { createIsolation } from './isolation';
export { changedFiles, keepVersions, keptVersions, loadKeptVersion } from './kept-versions';
export { type BrokenDagFile, type LoadedDag, loadProject, type Project } from './load-project';
export { type ReplayedTable, type ReplayRequest, type ReplayResult, replayRun } from './replay';
export { type InProcessResult, type InProcessRun, runInProcess } from './run-in-process';
export { type TestedRun, type TestRequest, testDag } from './test-dag';
export { type TaskTest, testTask } from './test-task';

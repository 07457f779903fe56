// Lets Temporal's own SDK download its dev server: node sdk-download.cjs FOLDER. A process of its own, because the
// download is native code that cannot be interrupted from JavaScript.
const { TestWorkflowEnvironment } = require('@temporalio/testing');

const downloadDir = process.argv[2];
const executable = { type: 'cached-download', downloadDir };

TestWorkflowEnvironment.createLocal({ server: { executable, ip: '127.0.0.1' } })
  .then((environment) => environment.teardown())
  .then(
    () => process.exit(0),
    (error) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );

// Jest's Node environment, plus one habit: a worker process whose parent was killed ends, whatever its tests still
// hold open. Without it a Temporal worker in a test would keep the process polling for ever.
const { types } = require('node:util');
const { TestEnvironment } = require('jest-environment-node');

const watched = Symbol.for('tidemill.watches_parent');
const lookEveryMs = 500;

if (process.send !== undefined && process[watched] === undefined) {
  process[watched] = true;
  // Not process.on('disconnect'): a listener keeps the channel, and so the worker, alive when Jest is done with it.
  setInterval(() => {
    if (!process.connected) process.exit(1);
  }, lookEveryMs).unref();
}

/**
 * Tests run in a realm of their own, while Node's errors (of fs, say) come from outside: there `instanceof Error`
 * would be false, which it never is in production. Subclasses are told apart as ever.
 */
module.exports = class extends TestEnvironment {
  async setup() {
    await super.setup();
    const RealmError = this.global.Error;
    const ordinary = Function.prototype[Symbol.hasInstance];
    Object.defineProperty(RealmError, Symbol.hasInstance, {
      value(candidate) {
        return this === RealmError ? types.isNativeError(candidate) : ordinary.call(this, candidate);
      },
    });
  }
};

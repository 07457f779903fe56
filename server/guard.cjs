// Stands between a command and a child that must not outlive it: holds one end of a socket whose other end only
// the command holds, so that its closing means that the command is gone, in whatever way it went. Runs as
//   node guard.cjs {"command":…,"args":[…],"grace_ms":…}     with the socket as file descriptor 3
// and says there, a JSON line each: {"pid":n}, {"error":{…}}, {"exit":{"code":…,"signal":…}}. It understands
// {"stop":grace_ms} and {"signal":"SIGINT"}.
const { spawn } = require('node:child_process');
const { Socket } = require('node:net');

const { command, args, grace_ms: graceMs } = JSON.parse(process.argv[2]);
const life = new Socket({ fd: 3, readable: true, writable: true });
let stopping = false;

// The child leads a process group of its own: a Ctrl-C in the terminal does not reach it before the command has
// cleaned up, and what the child itself has started goes with it.
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });

child.on('spawn', () => tell({ pid: child.pid }));
child.on('error', (error) => {
  if (child.pid !== undefined) return;
  leave({ error: { message: error.message, code: error.code ?? null } }, 1);
});
child.on('exit', (code, signal) => {
  signalGroup('SIGKILL');
  leave({ exit: { code, signal } }, 0);
});

let unread = '';
life.on('data', (chunk) => {
  unread += chunk;
  const lines = unread.split('\n');
  unread = lines.pop() ?? '';
  for (const line of lines) obey(JSON.parse(line));
});
life.on('end', () => stop(graceMs));
life.on('close', () => stop(graceMs));
life.on('error', () => stop(graceMs));
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => stop(graceMs));

function obey(message) {
  if (message.stop !== undefined) stop(message.stop);
  if (message.signal !== undefined) signalGroup(message.signal);
}

function stop(withinMs) {
  if (stopping) return;
  stopping = true;
  signalGroup('SIGTERM');
  setTimeout(() => signalGroup('SIGKILL'), withinMs);
}

function signalGroup(signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group: that is what was wanted.
  }
}

function tell(message) {
  if (life.writable) life.write(`${JSON.stringify(message)}\n`);
}

function leave(message, code) {
  // The command may be gone, and then nobody reads: never wait for that.
  setTimeout(() => process.exit(code), 500).unref();
  if (!life.writable) process.exit(code);
  life.end(`${JSON.stringify(message)}\n`, () => process.exit(code));
}

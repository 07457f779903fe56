// CommonJS on purpose: shared by the tools, which run before there is a TypeScript loader, and by the rest.
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

/** How often the ancestors are looked at. Half a second of the five that a death may take to be noticed. */
const lookEveryMs = 500;
/** npm, a shell and a tool or two stand between a command and its npm; far more means that it is not ours. */
const furthestAncestor = 8;
const npmCommand = /^(npm|npx|pnpm|yarn)\b|[/\\](npm|npx|pnpm|yarn)(-cli)?(\.c?js|\.exe|\.cmd)?(\s|$)/;
const betweenCommand = /^(\S*[/\\])?(node|sh|bash|dash|zsh|busybox|tini|cmd)(\.exe)?(\s|$)/;

/**
 * Calls back once when a process that this one was started by is gone: all those up to and including npm, or
 * none when npm is not among them, because a command may outlive the terminal that it was typed in.
 */
function watchAncestors(onGone) {
  const ancestors = ancestorsUpToNpm(process.pid);
  if (ancestors.length === 0) return () => {};
  const timer = setInterval(() => {
    const gone = ancestors.find((ancestor) => !isSame(ancestor));
    if (gone === undefined) return;
    clearInterval(timer);
    onGone(gone);
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** The processes from the parent up to and including npm; empty when this was not started through npm. */
function ancestorsUpToNpm(pid) {
  const chain = [];
  let next = describe(pid)?.parent ?? 0;
  while (next > 1 && chain.length < furthestAncestor) {
    const found = describe(next);
    if (found === null) return [];
    chain.push({ pid: next, startedAt: found.startedAt, command: found.command });
    if (npmCommand.test(found.command)) return chain;
    if (!betweenCommand.test(found.command)) return [];
    next = found.parent;
  }
  return [];
}

/** True while the process lives; its start time tells it from a later one with the same number. */
function isSame({ pid, startedAt }) {
  if (process.platform === 'linux') return readStat(pid)?.startedAt === startedAt;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What identifies a living process, to be asked about later with isSame; null when there is none. */
function identify(pid) {
  if (process.platform === 'linux') {
    const stat = readStat(pid);
    return stat === null ? null : { pid, startedAt: stat.startedAt };
  }
  return isSame({ pid, startedAt: null }) ? { pid, startedAt: null } : null;
}

function describe(pid) {
  return process.platform === 'linux' ? describeOnLinux(pid) : describeElsewhere(pid);
}

function describeOnLinux(pid) {
  const stat = readStat(pid);
  if (stat === null) return null;
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { ...stat, command };
  } catch {
    return null;
  }
}

/** A zombie counts as gone: it waits only for its parent to notice. */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks and parentheses; the fields after the last one do not.
    const [state, parent, ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? null : { parent: Number(parent), startedAt: rest[17] };
  } catch {
    return null;
  }
}

function describeElsewhere(pid) {
  const { status, stdout } = spawnSync('ps', ['-o', 'ppid=,command=', '-p', String(pid)], { encoding: 'utf8' });
  const match = status === 0 ? /^\s*(\d+)\s+(.*)$/m.exec(stdout) : null;
  return match === null ? null : { parent: Number(match[1]), startedAt: null, command: match[2].trim() };
}

module.exports = { watchAncestors, ancestorsUpToNpm, identify, isSame };

import type { Command } from 'commander';

/** Adds examples to a command's help: the command line and what it does. */
export function addExamples(command: Command, examples: readonly (readonly [string, string])[]): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const fits = examples.every(([, what]) => width + what.length + 6 <= 80);
  const lines = examples.map(([line, what]) =>
    fits ? `  $ ${line.padEnd(width)}  ${what}` : `  $ ${line}\n      ${what}`,
  );
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

import { describe, expect, test } from '@jest/globals';
import { calendarLines, dayStates } from '../../../cli/calendar';
import { graphLines } from '../../../cli/dag-picture';
import { graphSvg } from '../../../cli/dag-svg';
import { ganttLines } from '../../../cli/gantt';
import { widthOf } from '../../../cli/style';
import type { RunView } from '../../../engine';
import { planOf } from '../../../engine';
import { aDag } from '../../support/builders';
import { aMachine, failed, second, started, succeeded } from '../../support/machine';

const wide = aDag({
  first: [],
  ...Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`task_${index}`, ['first']])),
  last: Array.from({ length: 300 }, (_, index) => `task_${index}`),
});
const deep = aDag(
  Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`s${index}`, index === 0 ? [] : [`s${index - 1}`]])),
);

/** The middles of all boxes, from left to right. */
function middles(svg: string): readonly number[] {
  const boxes = [...svg.matchAll(/<g><rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)];
  return boxes.map(([, x, width]) => Math.round(Number(x) + Number(width) / 2));
}

describe('the graph as SVG', () => {
  const diamond = aDag({
    a: [],
    b: { after: ['a'], group: 'middle' },
    c: { after: ['a'], group: 'middle' },
    d: ['a', 'b', 'c'],
  });

  test('has every task and group, and no edge that follows from others', () => {
    const svg = graphSvg(diamond);

    for (const name of ['a', 'b', 'c', 'd', 'middle']) expect(svg).toContain(`>${name}</text>`);
    expect(svg.match(/marker-end/g)).toHaveLength(4);
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
  });

  test('is the same for the same DAG, and escapes what is text', () => {
    const odd = aDag({ 'a<b&"c"': [] });

    expect(graphSvg(diamond)).toBe(graphSvg(diamond));
    expect(graphSvg(odd)).toContain('a&lt;b&amp;&quot;c&quot;');
  });

  test.each([
    ['wide', wide, 3],
    ['deep', deep, 300],
  ] as const)('draws a %s DAG from left to right, in as many columns as it has levels', (_, spec, levels) => {
    const columns = middles(graphSvg(spec));

    expect(columns).toHaveLength(spec.tasks.length);
    expect(new Set(columns).size).toBe(levels);
  });
});

describe('the graph as text', () => {
  test.each([
    ['wide', wide],
    ['deep', deep],
  ] as const)('of a %s DAG fits into 80 columns', (_, spec) => {
    const lines = graphLines(spec, { width: 80 });

    expect(lines).toHaveLength(spec.tasks.length + 1);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
  });
});

describe('the Gantt of a run', () => {
  const spec = aDag({ a: [], b: { after: ['a'], policy: { retries: 1 } }, c: ['b'] });
  const view = (run: RunView['run']): RunView => ({ spec, run, versions: { spec: '', code: '' }, label: run.state });

  test('shows tries, what lies between them, and what is at work, on one scale', () => {
    const { run } = aMachine(planOf(spec))
      .send(started('a'))
      .send(succeeded('a', null, second(40)))
      .send(started('b', second(40)));
    const [heading, , axis, a, b, rest, , legend] = ganttLines(view(run), { width: 40, nowMs: Date.parse(second(80)) });

    expect(heading).toContain('shop  scheduled__2010-12-01T00:00:00Z  running  1m 20s');
    expect(axis).toMatch(/0 +40\.0s +1m 20s$/);
    expect(a).toMatch(/^a {2}█+ +40\.0s$/);
    expect(b).toMatch(/^b {2} +▶+ +40\.0s$/);
    expect(rest).toBe('1 more task has not begun');
    expect(legend).toContain('█ success');
  });

  test('shows a try that failed, and the wait for the next', () => {
    const { run } = aMachine(planOf(spec))
      .send(started('a'), succeeded('a', null, second(1)))
      .send(started('b', second(1)))
      .send(failed('b', { at: second(20) }))
      .send({ kind: 'timer_fired', taskId: 'b', until: second(80), at: second(80) })
      .send(started('b', second(80)));
    const line = ganttLines(view(run), { width: 60, nowMs: Date.parse(second(100)) }).find((one) =>
      one.startsWith('b'),
    );

    expect(line).toMatch(/✗+┄+▶+/);
  });

  test('of many tasks keeps to the width of the terminal', () => {
    const events = wide.tasks.slice(0, 40).flatMap(({ taskId }, index) => [succeeded(taskId, null, second(index + 1))]);
    const { run } = events.reduce((machine, event) => machine.send(event), aMachine(planOf(wide)));
    const lines = ganttLines({ ...view(run), spec: wide }, { width: 80, nowMs: Date.parse(second(90)) });

    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
  });

  test('of a run that has just begun says that nothing has', () => {
    const { run } = aMachine(planOf(spec));

    expect(ganttLines(view(run), { width: 80, nowMs: Date.parse(second(0)) }).at(-1)).toBe('No task has begun.');
  });
});

describe('the calendar of a DAG', () => {
  const run = (day: string, state: string, startedAt = '1') => ({ day, interval: day, startedAt, state });

  test('has a line per month and a sign per day, within 80 columns', () => {
    const days = dayStates([run('2010-12-01', 'success'), run('2010-12-02', 'failed'), run('2010-02-28', 'success')]);
    const lines = calendarLines({ dagId: 'shop', days, lastMonth: '2010-12', timezone: 'UTC' });

    expect(lines[0]).toBe('shop  3 days with runs, 1 failed  days of UTC');
    expect(lines.find((line) => line.startsWith('Dec 2010'))).toBe(`Dec 2010 ■ ✗${' ·'.repeat(29)}`);
    expect(lines.find((line) => line.startsWith('Feb 2010'))).toBe(`Feb 2010 ${'· '.repeat(27)}■`);
    expect(lines.filter((line) => /^[A-Z][a-z]{2} \d{4}/.test(line))).toHaveLength(12);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
  });

  test('counts the newest run of an interval, and a day as failed when any of its intervals is', () => {
    const again = dayStates([run('2010-12-01', 'success', '2'), run('2010-12-01', 'failed', '1')]);
    const hours = dayStates([
      { ...run('2010-12-01', 'failed'), interval: 'a' },
      { ...run('2010-12-01', 'success'), interval: 'b' },
    ]);

    expect(again.get('2010-12-01')).toBe('success');
    expect(hours.get('2010-12-01')).toBe('failed');
  });
});

import { describe, expect, test } from '@jest/globals';
import type { QuestionSpec } from '../../../../engine/dag/spec';
import { readAnswer } from '../../../../engine/gates/answer';
import type { Json } from '../../../../engine/json';
import { resume } from '../../../../engine/run/advance';
import type { RunEvent } from '../../../../engine/run/events';
import { explainTask } from '../../../../engine/run/explain';
import { openQuestions } from '../../../../engine/run/question';
import { taskRows } from '../../../../engine/run/task-table';
import { aPlan } from '../../../support/builders';
import { aMachine, second, started, stop, succeeded, timerFired } from '../../../support/machine';

const asking = (said: Partial<QuestionSpec> = {}) => ({
  kind: 'question' as const,
  question: { ask: 'approve', subject: 'Publish?', timeoutMs: null, ...said } satisfies QuestionSpec,
});

const answer = (value: Json, by = 'ada', at = second(5)): RunEvent => ({
  kind: 'question_answered',
  taskId: 'ok',
  answer: value,
  by,
  at,
});

describe('a question', () => {
  const plan = aPlan({ load: [], ok: { ...asking(), after: ['load'] }, next: ['ok'] }, { maxActiveTasks: 1 });
  const asked = aMachine(plan).send(started('load'), succeeded('load'));

  test('waits for a person, takes no slot, and says what is asked', () => {
    expect(asked.states).toEqual({ load: 'success', ok: 'awaiting_input' });
    expect(asked.commands).toEqual([]);
    expect(explainTask(plan, asked.run, 'ok')).toMatchObject({ code: 'awaiting_input', message: 'Publish?' });
    expect(openQuestions(plan, asked.run)).toEqual([
      {
        taskId: 'ok',
        question: plan.tasks.get('ok')?.question,
        choices: [],
        askedAt: second(1),
        until: null,
        details: null,
      },
    ]);
    expect(openQuestions(plan, { ...asked.run, tasks: {} })).toEqual([]);
  });

  test('lets the run go on after a yes, and remembers who said it', () => {
    const machine = asked.send(answer(true));
    expect(machine.states).toEqual({ load: 'success', ok: 'success', next: 'queued' });
    expect(machine.run.tasks.ok).toMatchObject({ output: true, answer: { by: 'ada', at: second(5), value: true } });
    expect(machine.run.attempts.at(-1)).toMatchObject({ taskId: 'ok', state: 'success', worker: 'ada' });
    expect(taskRows(plan, machine.run, second(6))[1]?.reason).toBe('answered by ada: true');
  });

  test('skips everything after it when the answer is no', () => {
    const machine = asked.send(answer(false));
    expect(machine.states).toEqual({ load: 'success', ok: 'success', next: 'skipped' });
    expect(machine.run.tasks.next?.reason?.code).toBe('rejected');
  });

  test('fails at a no that is to fail the task', () => {
    const strict = aPlan({ ok: asking({ failOnReject: true }), next: ['ok'] });
    const machine = aMachine(strict).send(answer(false));
    expect(machine.run.tasks.ok?.failure).toMatchObject({ code: 'question_rejected', message: 'ada rejected ok' });
    expect(machine.states.next).toBe('upstream_failed');
    expect(aMachine(strict).send(answer(true)).states).toMatchObject({ ok: 'success', next: 'queued' });
  });

  test('takes the first answer; a later one changes nothing', () => {
    const machine = asked.send(answer(true), answer(false, 'bob', second(6)));
    expect(machine.run.tasks.ok?.answer?.by).toBe('ada');
    expect(asked.send(answer(true)).send(timerFired('ok', second(9))).states.ok).toBe('success');
  });

  test('ends with its run when that is stopped', () => {
    const machine = asked.send(stop('bob', second(4)));
    expect(machine.run).toMatchObject({ state: 'failed', tasks: { ok: { state: 'failed' } }, endedAt: second(4) });
  });
});

describe('a question with a time', () => {
  const timed = (said: Partial<QuestionSpec>) => aPlan({ ok: asking({ timeoutMs: 60_000, ...said }), next: ['ok'] });

  test('sets a timer, cancels it when somebody answers, and sets it again when its driver is replaced', () => {
    const asked = aMachine(timed({}));
    const timer = { kind: 'set_timer', taskId: 'ok', until: second(60), purpose: 'answer' };
    expect(asked.commands).toEqual([timer]);
    expect(asked.run.tasks.ok?.reason?.message).toBe(`Publish? (until ${second(60)})`);
    expect(asked.send(answer(true)).commands[0]).toEqual({ kind: 'cancel_timer', taskId: 'ok' });
    expect(resume(timed({}), asked.run, second(5)).commands).toEqual([timer]);
  });

  test('fails when the time is over and there is no default', () => {
    const machine = aMachine(timed({})).send(timerFired('ok', second(60)));
    expect(machine.run.tasks.ok).toMatchObject({ state: 'failed', failure: { code: 'question_timed_out' } });
  });

  test('is asked again when a rule of the task says so', () => {
    const again = aPlan({
      ok: {
        ...asking({ timeoutMs: 60_000 }),
        policy: { retries: 1, retryPolicy: [{ on: ['question_timed_out'], do: 'retry', delayMs: 1_000 }] },
      },
    });
    const machine = aMachine(again)
      .send(timerFired('ok', second(60)))
      .send(timerFired('ok', second(61)));
    expect(machine.run.tasks.ok).toMatchObject({ state: 'awaiting_input', tryNumber: 2, wakeAt: second(121) });
  });

  test('takes its default when the time is over, and says so', () => {
    const machine = aMachine(timed({ default: 'reject' })).send(timerFired('ok', second(60)));
    expect(machine.states).toEqual({ ok: 'success', next: 'skipped' });
    expect(machine.run.tasks.ok?.answer).toEqual({ by: 'its default', at: second(60), value: false });
  });
});

test('a choice is followed as a branch is, by task or by group', () => {
  const plan = aPlan({
    ok: asking({ ask: 'choose', multiple: true }),
    left: { after: ['ok'], group: 'sides' },
    right: { after: ['ok'], group: 'sides' },
    down: { after: ['ok'] },
    sweep: { after: ['ok'], role: 'teardown', policy: { triggerRule: 'all_done_setup_success' } },
  });
  const asked = aMachine(plan);
  expect(openQuestions(plan, asked.run)[0]?.choices).toEqual(['sides', 'left', 'right', 'down']);
  expect(asked.send(answer(['sides'])).states).toMatchObject({ left: 'queued', right: 'queued', down: 'skipped' });
});

test('a form is the output of its task', () => {
  const plan = aPlan({ ok: asking({ ask: 'fill', form: {} }) });
  expect(aMachine(plan).send(answer({ maximum: 5 })).run.tasks.ok?.output).toEqual({ maximum: 5 });
});

describe('an answer', () => {
  const approve = asking().question;
  const choose = asking({ ask: 'choose' }).question;
  const several = asking({ ask: 'choose', multiple: true }).question;
  const fill = asking({ ask: 'fill', form: {} }).question;
  const value = (said: Json) => ({ kind: 'answer', value: said });
  const refused = (message: string) => ({ kind: 'refused', message: expect.stringContaining(message) });

  test.each<[QuestionSpec, Json, object]>([
    [approve, 'approve', value(true)],
    [approve, 'Yes', value(true)],
    [approve, true, value(true)],
    [approve, { choice: 'reject' }, value(false)],
    [approve, false, value(false)],
    [approve, 'maybe', refused('"maybe" is neither "approve" nor "reject"')],
    [choose, 'left', value(['left'])],
    [choose, { choice: 'left' }, value(['left'])],
    [choose, ['left', 'right'], refused('choose one of: left, right')],
    [choose, 'lefd', refused('Did you mean "left"?')],
    [choose, 7, refused('"7" cannot be chosen')],
    [several, ['left', 'right'], value(['left', 'right'])],
    [several, [], value([])],
    [fill, { choice: 'mine' }, value({ choice: 'mine' })],
    [fill, 'mine', refused('JSON object')],
  ])('of %j as %j', (question, said, reading) => {
    expect(readAnswer(question, said, ['left', 'right'])).toEqual(reading);
  });
});

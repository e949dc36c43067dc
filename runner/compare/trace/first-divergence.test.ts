import {describe, expect, it} from 'vitest';
import fc from '../../../artifacts/testing/properties.ts';
import {TRACE_PARTS, type TraceDivergence, type TracePart} from '../../../schemas/trace.ts';
import {divergenceText} from '../../report/divergence-text.ts';
import {plainStyle} from '../../report/style.ts';
import {ByteFile} from '../byte-file.ts';
import {fileSide} from '../testing/told.ts';
import {plainSteps, type StepText, traceLines, withFault, writeTrace} from '../testing/write-trace.ts';
import {compareTraces} from './compare-traces.ts';
import {firstDivergence, type Knowledge} from './first-divergence.ts';
import {openTrace, type Trace} from './open-trace.ts';

async function opened(lines: readonly string[]): Promise<Trace> {
  const file = new ByteFile(writeTrace(lines));
  const trace = await openTrace(file);
  if (!trace.ok) throw new Error(`line ${trace.error.line}: ${trace.error.why}`);
  return trace.value;
}

function told(divergence: TraceDivergence): string {
  return divergenceText(divergence, plainStyle).join('\n');
}

async function compare(
  a: readonly StepText[],
  b: readonly StepText[],
  knowledge: Knowledge = {},
): Promise<TraceDivergence> {
  return compareTraces(fileSide(writeTrace(traceLines(a))), fileSide(writeTrace(traceLines(b))), knowledge);
}

/** Of a training that is saved in the type it was trained in, in causal order. */
const PARTS = TRACE_PARTS.filter((part) => part !== 'saved');

describe('the first divergence', () => {
  it('is found by binary search, whatever diverges where', async () => {
    const parts = fc.uniqueArray(fc.constantFrom(...PARTS), {minLength: 1, maxLength: 8});
    const planted = fc.integer({min: 1, max: 200}).chain((length) =>
      fc.record({
        length: fc.constant(length),
        more: fc.nat(20),
        step: fc.integer({min: 1, max: length}),
        parts,
      }),
    );
    await fc.assert(
      fc.asyncProperty(planted, async ({length, more, step, parts: faulty}) => {
        const steps = plainSteps(length);
        const a = await opened(traceLines(steps));
        const b = await opened(traceLines(withFault([...steps, ...plainSteps(more)], step, faulty)));
        const read: number[] = [];
        const counting = {
          header: a.header,
          steps: a.steps,
          read: (at: number) => {
            read.push(at);
            return a.read(at);
          },
        };
        const found = firstDivergence(counting, b);
        if (found.kind !== 'step') throw new Error(found.kind);
        const causal = PARTS.filter((part) => faulty.includes(part));
        expect([found.step, found.first, found.differing]).toEqual([step, causal[0], causal]);
        expect(found.equal).toEqual(PARTS.filter((part) => !faulty.includes(part)));
        expect(found.probes).toBeLessThanOrEqual(Math.ceil(Math.log2(length)) + 1);
        // The lines that the search compared, the one it found, and the one before it for its parameters.
        expect(read.length).toBeLessThanOrEqual(found.probes + 2);
      }),
      {numRuns: 60},
    );
  });

  it('of a trace and its start is where the shorter one ends', async () => {
    const steps = plainSteps(9);
    expect(told(await compare(steps, steps.slice(0, 5)))).toMatchInlineSnapshot(
      `"traces are equal over 5 steps, then one goes on (9 and 5)"`,
    );
    expect(told(await compare(steps, steps))).toMatchInlineSnapshot(`"traces are equal over 9 steps"`);
    expect(told(await compare([], []))).toMatchInlineSnapshot(`"traces are equal over 0 steps"`);
  });

  it('is not looked for between traces of other parts', async () => {
    const few: readonly TracePart[] = ['loss', 'parameters'];
    const a = await opened(traceLines(plainSteps(3)));
    const b = await opened(traceLines(plainSteps(3, few), few));
    expect(told(firstDivergence(a, b))).toMatchInlineSnapshot(
      `"traces can’t be compared: their parts differ"`,
    );
  });
});

describe('the cause that is named', () => {
  const steps = plainSteps(40);
  const AFTER: readonly TracePart[] = ['loss', 'gradient', 'optimizer', 'parameters'];
  const cause = async (step: number, parts: readonly TracePart[], knowledge: Knowledge = {}) => {
    const found = await compare(steps, withFault(steps, step, parts), knowledge);
    return found.kind === 'step'
      ? `${found.cause}${found.alternatives.map((other) => ` or ${other}`).join('')}`
      : found.kind;
  };

  it('follows from what differs first', async () => {
    const start = {sameStart: true};
    const table = {
      'another seed': await cause(1, ['batch', 'rollout', ...AFTER, 'rng', 'cursor'], start),
      'another seed, nobody knows the start': await cause(1, ['rng', 'batch', ...AFTER]),
      'another input model': await cause(1, ['rollout', ...AFTER], {sameStart: false}),
      'thread count or instruction set': await cause(7, AFTER),
      'a nondeterministic backward pass': await cause(7, ['gradient', 'optimizer', 'parameters']),
      'the same in the first step': await cause(1, AFTER, start),
      'the same, nobody knows the start': await cause(1, AFTER),
      'a shuffled batch': await cause(9, ['batch', ...AFTER]),
      'another place in the data': await cause(9, ['batch', ...AFTER, 'cursor']),
      'a lost random state': await cause(12, ['rollout', 'batch', ...AFTER, 'rng']),
      'a lost random state, dropout only': await cause(12, [...AFTER, 'rng']),
      'another sampler': await cause(12, ['batch', 'rollout', ...AFTER]),
      'a lost optimizer': await cause(20, ['optimizer', 'parameters']),
      'only the optimizer': await cause(20, ['optimizer']),
      'a flipped weight': await cause(33, ['parameters']),
      'a reported loss': await cause(33, ['loss']),
    };
    expect(table).toMatchInlineSnapshot(`
      {
        "a flipped weight": "parameter-update",
        "a lost optimizer": "optimizer-state",
        "a lost random state": "random-state or sampling",
        "a lost random state, dropout only": "random-state",
        "a nondeterministic backward pass": "arithmetic",
        "a reported loss": "reported-number or arithmetic",
        "a shuffled batch": "batch",
        "another input model": "other-start",
        "another place in the data": "data-order",
        "another sampler": "sampling or arithmetic",
        "another seed": "seed or random-state",
        "another seed, nobody knows the start": "seed or random-state or other-start",
        "only the optimizer": "optimizer-state",
        "the same in the first step": "arithmetic",
        "the same, nobody knows the start": "arithmetic or other-start",
        "thread count or instruction set": "arithmetic",
      }
    `);
  });

  it('is told with what is equal, what differs, and how far', async () => {
    const other = withFault(steps, 7, ['gradient', 'optimizer', 'parameters']).map((step, index) =>
      index === 6 ? {...step, scalars: {loss: 1 / 7, gradient_norm: 2}} : step,
    );
    const before = steps.map((step, index) =>
      index === 6 ? {...step, scalars: {loss: 1 / 7, gradient_norm: 2 - 2 ** -52}} : step,
    );
    expect(told(await compare(before, other))).toMatchInlineSnapshot(`
      "step 7 of 40: gradient differs first → arithmetic (kernel, threads, instruction set, library)
        equal    the state before the step, batch, rollout, loss, rng, cursor
        differ   optimizer, parameters too
        gradient_norm  1.9999999999999998 → 2  1 ULP of float64"
    `);
    expect(
      told(await compare(steps, withFault(steps, 1, ['batch', ...AFTER, 'rng', 'cursor']))),
    ).toMatchInlineSnapshot(`
      "step 1 of 40: batch differs first → seed or random state
        equal    rollout
        differ   loss, gradient, optimizer, parameters, rng, cursor too
        or       a random state that was lost or drawn from; or another start (input model)"
    `);
  });

  it('knows that large parts may stand in few lines', async () => {
    const sparse = steps.map(({parts, ...step}, index) => {
      const {gradient, optimizer, parameters, ...small} = parts;
      return {...step, parts: index % 10 === 9 ? parts : small};
    });
    expect(told(await compare(sparse, withFault(sparse, 25, ['loss'])))).toMatchInlineSnapshot(`
      "step 25 of 40: loss differs first → arithmetic (kernel, threads, instruction set, library)
        equal    all lines before, the parameters of step 20, batch, rollout, rng, cursor
        or       the parameters alone (the update, or a bit changed from outside)"
    `);
    expect(told(await compare(sparse, withFault(sparse, 20, ['parameters'])))).toMatchInlineSnapshot(`
      "step 20 of 40: parameters differ first → the parameters alone (the update, or a bit changed from outside)
        equal    all lines before, the parameters of step 10, batch, rollout, loss, gradient, optimizer, rng, cursor"
    `);
  });

  it('may be only a number that was reported', async () => {
    const other = steps.map((step, index) => (index === 3 ? {...step, scalars: {loss: Number.NaN}} : step));
    expect(told(await compare(steps, other))).toMatchInlineSnapshot(`
      "step 4 of 40: only reported numbers differ → only what is reported of the step
        equal    the state before the step, batch, rollout, loss, gradient, optimizer, parameters, rng, cursor
        loss  0.25 → NaN"
    `);
  });
});

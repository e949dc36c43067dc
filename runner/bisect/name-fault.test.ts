import {describe, expect, it} from 'vitest';
import type {SideAgain} from '../../schemas/bisection.ts';
import type {Cause} from '../../schemas/run-comparison.ts';
import type {TraceCause, TraceDivergence} from '../../schemas/trace.ts';
import {nameFault} from './name-fault.ts';

const differs = (kind: Cause['class'], ...paths: readonly string[]): Cause => ({
  class: kind,
  differences: paths.map((path) => ({path, before: 'x', after: 'y'})),
});

const shows = (cause: TraceCause) => ({kind: 'step', cause}) as TraceDivergence;

const named = (causes: readonly Cause[], shown?: TraceCause) => {
  const {class: kind, by} = nameFault({
    causes,
    trace: shown === undefined ? undefined : shows(shown),
    again: undefined,
  });
  return `${kind} by ${by?.from ?? 'nothing'}`;
};

describe('a fault', () => {
  it('is named by what was recorded and can show itself so', () => {
    const threads = differs('contract', 'contract.OMP_NUM_THREADS');
    const level = differs('hardware', 'cpu.level');
    const seed = differs('seed', 'seed');
    expect([
      named([threads], 'arithmetic'),
      named([level], 'arithmetic'),
      named([differs('environment', 'environment.lock')], 'parameter-update'),
      named([seed], 'seed'),
      named([differs('input', 'inputs.model')], 'other-start'),
      named([differs('input', 'inputs.data')], 'batch'),
      named([differs('effective', 'resumed')], 'random-state'),
      named([differs('effective', 'torch.cudnn_benchmark')], 'arithmetic'),
      named([differs('hardware', 'gpu.0.driver_version')], 'arithmetic'),
      named([threads]),
    ]).toMatchInlineSnapshot(`
      [
        "threads by contract",
        "instruction-set by hardware",
        "library by environment",
        "seed by seed",
        "other-weights by input",
        "other-data by input",
        "random-state by effective",
        "kernel by effective",
        "machine by hardware",
        "threads by contract",
      ]
    `);
    // What can't be the reason comes after what can.
    expect(named([seed, threads], 'arithmetic')).toBe('threads by contract');
    expect(named([threads, seed], 'seed')).toBe('seed by seed');
    expect(named([threads], 'batch')).toBe('data-order by nothing');
  });

  it('of the code is named by what it did', () => {
    const code = differs('code', 'code');
    const shown: readonly TraceCause[] = [
      'batch',
      'random-state',
      'optimizer-state',
      'arithmetic',
      'other-start',
    ];
    expect(shown.map((cause) => named([code], cause))).toMatchInlineSnapshot(`
      [
        "data-order by code",
        "random-state by code",
        "optimizer-state by code",
        "code by code",
        "other-weights by code",
      ]
    `);
    expect(named([code, differs('effective', 'torch.cpu_capability')], 'arithmetic')).toBe(
      'instruction-set by effective',
    );
  });

  it('that nothing recorded explains is named by what the trace shows', () => {
    const shown: readonly TraceCause[] = ['arithmetic', 'parameter-update', 'batch', 'random-state', 'seed'];
    expect(shown.map((cause) => named([], cause))).toMatchInlineSnapshot(`
      [
        "kernel by nothing",
        "kernel by nothing",
        "data-order by nothing",
        "random-state by nothing",
        "random-state by nothing",
      ]
    `);
    expect(named([differs('unknown')])).toBe('unknown by nothing');
  });

  it('is not of the machine when this one computes both sides as they were recorded', () => {
    const causes = [differs('hardware', 'cpu.vendor')];
    const sides = (how: 'exact' | 'other', likeRecorded: boolean) =>
      (['a', 'b'] as const).map(
        (side) => ({side, how, after: 0, from: 1, seconds: 1, likeRecorded}) as SideAgain,
      );
    const again = (how: 'exact' | 'other', likeRecorded = false) => ({
      step: 1,
      sides: sides(how, likeRecorded),
      parts: [],
      equal: [],
    });
    const trace = shows('arithmetic');
    expect(nameFault({causes, trace, again: again('other')}).class).toBe('machine');
    // The same document on such a machine: what else differs can't be the reason.
    const threads = [differs('contract', 'contract.OMP_NUM_THREADS'), differs('code', 'code')];
    expect(nameFault({causes: threads, trace, again: again('exact')}).class).toBe('threads');
    expect(nameFault({causes: threads, trace, again: again('other', true)}).class).toBe('kernel');
    const lost = [differs('effective', 'resumed')];
    expect(nameFault({causes: lost, trace: shows('random-state'), again: again('other', true)}).class).toBe(
      'random-state',
    );
    expect(nameFault({causes, trace, again: again('exact')})).toMatchObject({
      class: 'kernel',
      by: undefined,
      unlikely: [{class: 'machine'}],
    });
  });
});

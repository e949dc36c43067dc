import {expect, test} from 'vitest';
import {parseReplayReport} from './replay-report.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const about = {stage: 'count', key: DIGEST, recorded: null, found: null, seconds: null, anotherClass: false};
const failed = {
  ...about,
  verdict: 'unchecked',
  why: {code: 'failed', failure: {code: 'exited', exitCode: 1}},
};
const result = {
  outputs: {total: {type: 'blob', digest: DIGEST, size: 2}},
  values: {n: 3},
  metrics: null,
  trace: null,
};
const different = {
  ...about,
  verdict: 'different',
  recorded: result,
  found: result,
  differing: ['outputs.total'],
  compared: ['outputs.total'],
};

function report(stages: readonly unknown[], rest: object = {}): unknown {
  return {
    replay: 1,
    run: DIGEST,
    pipeline: 'counted',
    chained: false,
    startedAt: '2026-01-02T03:04:05Z',
    seconds: 1,
    reproVersion: '0.2.0',
    sandbox: 'none',
    facts: {'cpu.level': 'x86-64-v3'},
    stages,
    ...rest,
  };
}

function fault(value: unknown): string | undefined {
  const parsed = parseReplayReport(value);
  return parsed.ok ? undefined : parsed.error;
}

test('a report of each verdict is one', () => {
  const unsupported = {fact: 'libc', recorded: 'glibc 2.36', here: null};
  const stages = [
    {...about, verdict: 'exact', compared: []},
    different,
    {...about, verdict: 'unsupported', facts: [unsupported], operations: []},
    failed,
  ];
  expect(fault(report(stages))).toBeUndefined();
});

test('what lies about its shape is none, and the place of the lie is told', () => {
  const lies = {
    'no object': fault([]),
    'another format': fault(report([], {replay: 2})),
    'facts that are none': fault(report([], {facts: null})),
    'a verdict of no name': fault(report([{...failed, verdict: 'fine'}])),
    'a difference that names nothing': fault(report([{...different, differing: undefined}])),
    'outputs that are a list': fault(report([{...different, found: {...result, outputs: []}}])),
    'an artifact without a digest': fault(
      report([{...different, found: {...result, outputs: {total: {type: 'blob', size: 2}}}}]),
    ),
    'a failure without a code': fault(report([{...failed, why: {code: 'failed', failure: {}}}])),
    'a member too many': fault(report([], {isAdmin: true})),
  };
  expect(lies).toMatchInlineSnapshot(`
    {
      "a difference that names nothing": "$.stages[0].differing is not a list",
      "a failure without a code": "$.stages[0].why.failure is not a reason with a code",
      "a member too many": "$.isAdmin is unknown",
      "a verdict of no name": "$.stages[0].verdict is unknown",
      "an artifact without a digest": "$.stages[0].found.outputs.total.digest is missing",
      "another format": "$.replay is not 1",
      "facts that are none": "$.facts is not an object",
      "no object": "$ is not an object",
      "outputs that are a list": "$.stages[0].found.outputs is not an object",
    }
  `);
});

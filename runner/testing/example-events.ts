import {digestFromHex} from '../../schemas/digest.ts';
import type {RunEventBody} from '../../schemas/event.ts';

export const DIGEST = digestFromHex('ab'.repeat(32));

export function started(...stages: readonly string[]): RunEventBody {
  const lines = stages.map((stage) => ({stage, live: 'loss', expected: stage === 'sft' ? 65 : null}));
  return {
    event: 'run-started',
    pipeline: 'tiny',
    profile: 'laptop',
    directory: '/p',
    sandbox: 'none',
    stages: lines,
  };
}

export const begin = (stage: string): RunEventBody => ({
  event: 'stage-started',
  stage,
  key: DIGEST,
  attempt: 1,
});

export function finish(stage: string, state: 'cached' | 'executed' = 'executed'): RunEventBody {
  const outputs = {out: {type: 'blob', digest: DIGEST, size: 1}} as const;
  return {event: 'stage-finished', stage, state, key: DIGEST, outputs, values: {}, seconds: 2};
}

export const FAILED: RunEventBody = {
  event: 'stage-failed',
  stage: 'rl',
  failure: {code: 'exited', exitCode: 1},
  lines: ['boom'],
  log: '/p/rl.log',
  kept: null,
  willRetry: false,
};

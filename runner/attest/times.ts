import type {Receipt} from '../../schemas/receipt.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';

/** RFC 3339, UTC. */
export interface Times {
  readonly startedOn: string;
  readonly finishedOn: string;
}

export function timesBetween(startedOn: string, seconds: number): Times {
  const finished = new Date(Date.parse(startedOn) + Math.round(seconds * 1000));
  return {startedOn, finishedOn: finished.toISOString()};
}

/** Of the execution that gave a stage's result, in this run or in an earlier one. */
export function timesOfResult({execution}: Receipt): Times {
  return timesBetween(execution.startedAt, execution.seconds);
}

/**
 * Of all that made what a run gives. Where results were reused this begins before the run did: that it only had to look
 * them up says nothing of how long they took.
 */
export function timesOfRun({startedAt, seconds, stages}: RunRecord2): Times {
  const all = [timesBetween(startedAt, seconds)];
  for (const stage of stages)
    if (stage.state === 'cached' || stage.state === 'executed') all.push(timesOfResult(stage.receipt));
  const by = (time: (times: Times) => string) => (a: Times, b: Times) =>
    Date.parse(time(a)) - Date.parse(time(b));
  const [first] = all.toSorted(by(({startedOn}) => startedOn));
  const last = all.toSorted(by(({finishedOn}) => finishedOn)).at(-1);
  if (first === undefined || last === undefined) throw new Error('a run has at least its own times');
  return {startedOn: first.startedOn, finishedOn: last.finishedOn};
}

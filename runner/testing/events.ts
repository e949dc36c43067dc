import type {RunEvent} from '../../schemas/event.ts';
import type {Ended} from './cli-process.ts';

type EventOf<E extends RunEvent['event']> = Extract<RunEvent, {readonly event: E}>;

/** All events of one kind, in their order. */
export function eventsOf<E extends RunEvent['event']>({events}: Ended, kind: E): readonly EventOf<E>[] {
  return events.filter((event): event is EventOf<E> => event.event === kind);
}

/** How each stage ended. */
export function statesOf({events}: Ended): Readonly<Record<string, string>> {
  const states: Record<string, string> = {};
  for (const event of events) {
    if (event.event === 'stage-finished') states[event.stage] = event.state;
    if (event.event === 'stage-failed' && !event.willRetry) states[event.stage] = event.failure.code;
    if (event.event === 'stage-skipped') states[event.stage] = `skipped: ${event.reason.code}`;
  }
  return states;
}

/** What each finished stage gave: `a.out` to its digest. */
export function digestsOf(ended: Ended): Readonly<Record<string, string>> {
  const outputs = eventsOf(ended, 'stage-finished').flatMap((event) =>
    Object.entries(event.outputs).map(([name, {digest}]) => [`${event.stage}.${name}`, digest] as const),
  );
  return Object.fromEntries(outputs.sort());
}

/** The key of each finished stage. */
export function keysOf(ended: Ended): Readonly<Record<string, string>> {
  return Object.fromEntries(eventsOf(ended, 'stage-finished').map(({stage, key}) => [stage, key]));
}

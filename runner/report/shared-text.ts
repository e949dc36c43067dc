import type {RunEvent} from '../../schemas/event.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

type Shared = Extract<RunEvent, {event: 'results-shared'}>;

/** `shared: 3 results with s3://lab/repro (1.2 MB), 1 was there` and what was not sent, with the way to send it. */
export function sharedText({store, uploaded, present, bytes, failed}: Shared, style: Style): string {
  const there = present === 0 ? '' : `, ${present} ${present === 1 ? 'was' : 'were'} there`;
  const head = `shared: ${plural(uploaded, 'result')} with ${store} (${bytesText(bytes)})${there}`;
  if (failed.length === 0) return head;
  return joinLines([
    head,
    ...failed.map(({stage, why}) => `${style.red('not shared')}: ${style.bold(stage)}: ${why}`),
    `  help: everything is in the local store; \`repro push --to ${store}\` sends what is missing`,
  ]);
}

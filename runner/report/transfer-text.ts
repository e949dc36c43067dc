import type {Pulled} from '../../artifacts/remote/pull.ts';
import type {Pushed} from '../../artifacts/remote/push.ts';
import type {TransferProgress} from '../../artifacts/remote/transfer.ts';
import type {Digest} from '../../schemas/digest.ts';
import {shortDigest} from '../../schemas/digest.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

/** What goes on, in one line that is written over and over. */
export function progressText(verb: 'sending' | 'fetching', progress: TransferProgress): string {
  const {done, total, bytes, totalBytes} = progress;
  return `${verb} ${done} of ${total} · ${bytesText(bytes)} of ${bytesText(totalBytes)}`;
}

export interface PushText {
  readonly run: Digest;
  readonly name: string;
  readonly to: string;
  readonly pushed: Pick<Pushed, 'sent' | 'bytes' | 'present'>;
  /** Results that were not there, and that were. */
  readonly stored: number;
  readonly present: number;
  readonly disputed: readonly DisputedText[];
}

export interface DisputedText {
  readonly stage: string;
  readonly differing: readonly string[];
}

export function pushText({run, name, to, pushed, stored, present, disputed}: PushText, style: Style): string {
  const there = pushed.present === 0 ? '' : `, ${pushed.present} ${were(pushed.present)} there`;
  return joinLines([
    `${style.bold(name)} · run ${shortDigest(run)} · to ${to}`,
    pushed.sent === 0
      ? `nothing to send: all ${plural(pushed.present, 'object')} are there`
      : `sent ${plural(pushed.sent, 'object')}, ${bytesText(pushed.bytes)}${there}`,
    resultsText(stored, present),
    ...disputed.map(({stage, differing}) =>
      style.red(`${stage}: another result is there, and differs in ${differing.join(', ')}; it stays`),
    ),
    '',
  ]);
}

function resultsText(stored: number, present: number): string {
  if (stored === 0) return `${plural(present, 'result')} ${were(present)} there`;
  const before = present === 0 ? '' : `, ${present} ${were(present)} there`;
  return `${plural(stored, 'new result')}${before}: with this store nobody has to compute ${stored === 1 ? 'it' : 'them'} again`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

export function fetchedText({fetched, bytes, troubles}: Pulled, from: string): string {
  const what =
    fetched === 0 ? 'everything was here' : `fetched ${plural(fetched, 'object')}, ${bytesText(bytes)}`;
  const lines = troubles.map(({message}) => `not to be had from ${from}: ${message}`);
  return joinLines([what, ...lines, '']);
}

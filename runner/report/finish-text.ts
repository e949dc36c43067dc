import type {Artifact} from '../../schemas/artifact.ts';
import type {Json} from '../../schemas/canonical-json.ts';
import {shortDigest} from '../../schemas/digest.ts';
import type {RunEvent} from '../../schemas/event.ts';
import {durationText, plural, shortNumber} from '../words/quantity-text.ts';
import {failureText, skipText} from './failure-text.ts';
import {joinLines} from './lines.ts';
import {shortened, shortJson, strangerText} from './stranger-text.ts';
import type {Style} from './style.ts';

/** The record, the log and `--json` have the whole. */
const [MOST_OF_A_VALUE, MOST_OF_A_RESULT, MOST_OF_A_LOG_LINE] = [100, 500, 500];

type Of<E extends RunEvent['event']> = Extract<RunEvent, {event: E}>;

/** What a finished stage computed, in a few words: its numbers, or what it gave. */
export function resultText(
  values: Readonly<Record<string, Json>>,
  outputs: Readonly<Record<string, Artifact>>,
): string {
  const numbers = Object.entries(values).map(
    ([name, value]) =>
      `${name.replaceAll('_', ' ')} ${typeof value === 'number' ? shortNumber(value) : shortJson(value, MOST_OF_A_VALUE)}`,
  );
  if (numbers.length > 0) return numbers.slice(0, 3).join(' · ');
  return Object.entries(outputs)
    .slice(0, 3)
    .map(([name, {digest}]) => `${name} ${shortDigest(digest)}`)
    .join(' · ');
}

/** The stage, the reason, its last words, where the rest is, what to type next. */
export function failureBlock(event: Of<'stage-failed'>, style: Style): string {
  const {reason, help} = failureText(event.failure);
  const title = event.willRetry ? style.yellow('failed, trying again') : style.red('failed');
  // A bug's reason is a stack of lines.
  const [why = '', ...stack] = event.failure.code === 'unexpected' ? reason.split('\n') : [shortened(reason)];
  const lines = [`${title}: ${style.bold(event.stage)}: ${why}`, ...stack];
  if (event.lines.length > 0)
    lines.push('', ...event.lines.map((line) => style.dim(`  │ ${asSeen(line)}`)), '');
  if (event.log !== null) lines.push(`  log:  ${event.log}`);
  if (event.kept !== null) lines.push(`  its folder is kept: ${event.kept}`);
  if (help !== undefined) lines.push(`  help: ${help}`);
  return joinLines(lines);
}

/** A log line as a terminal would leave it: what a progress bar drew over is gone, and nothing else is obeyed. */
function asSeen(line: string): string {
  const [last = ''] = line
    .split('\r')
    .reverse()
    .filter((part) => part !== '');
  return shortened(strangerText(last.replaceAll('\t', '  ')), MOST_OF_A_LOG_LINE);
}

export function nondeterminismBlock(event: Of<'nondeterminism'>, style: Style): string {
  return joinLines([
    `${style.red('not the same bits')}: ${style.bold(event.stage)} gave other ${event.differing.join(', ')} than recorded on this class of hardware`,
    style.dim(`  key ${event.key}`),
    style.dim(`  recorded ${shortJson(event.recorded, MOST_OF_A_RESULT)}`),
    style.dim(`  found    ${shortJson(event.found, MOST_OF_A_RESULT)}`),
    '  help: a stage that can’t be bitwise says `determinism: none`; else look for an unseeded draw, a clock or a thread',
  ]);
}

export function skipLine(event: Of<'stage-skipped'>, style: Style): string {
  return style.dim(`${event.stage} skipped: ${skipText(event.reason)}`);
}

export function summaryText(event: Of<'run-finished'>, style: Style): string {
  const done = event.executed + event.cached;
  const counts = [
    event.executed > 0 ? `${event.executed} executed` : '',
    event.cached > 0 ? `${event.cached} cached` : '',
    event.failed > 0 ? style.red(`${event.failed} failed`) : '',
    event.skipped > 0 ? `${event.skipped} skipped` : '',
  ].filter((part) => part !== '');
  const saved = event.secondsSaved >= 1 ? `, saved ${durationText(event.secondsSaved)}` : '';
  const head =
    event.outcome === 'succeeded'
      ? style.green(`${plural(done, 'stage')} done`)
      : event.outcome === 'failed'
        ? style.red('failed')
        : style.yellow('interrupted');
  const lines = [
    `${head} in ${durationText(event.seconds)}: ${counts.join(', ') || 'nothing to do'}${saved}`,
  ];
  if (event.run !== null) lines.push(style.dim(`run ${event.run}`));
  if (event.outcome === 'interrupted') lines.push('what was finished is kept: run again to go on');
  return joinLines(lines);
}

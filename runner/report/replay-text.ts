import {shortDigest} from '../../schemas/digest.ts';
import {unreachable} from '../../schemas/result.ts';
import type {FactDifference, ReplayReport, StageVerdict, Unchecked} from '../../schemas/verdict.ts';
import {durationText, plural} from '../words/quantity-text.ts';
import {failureText} from './failure-text.ts';
import type {Style} from './style.ts';

/** One line for each verdict as it comes: `sft  exact  outputs.model, metrics, trace  55.9 s`. */
export function verdictLine(verdict: StageVerdict, width: number, style: Style): string {
  const word = colour(verdict, style)(verdict.verdict.padEnd(11));
  return `${verdict.stage.padEnd(width)}  ${word}  ${verdictWords(verdict, style)}`;
}

/** What a verdict says beside its word. */
export function verdictWords(verdict: StageVerdict, style: Style): string {
  const time = verdict.seconds === null ? '' : `  ${durationText(verdict.seconds)}`;
  const other = verdict.anotherClass ? ' (on another hardware class)' : '';
  return `${detailText(verdict)}${other}${style.dim(time)}`;
}

function colour({verdict}: StageVerdict, style: Style): (text: string) => string {
  switch (verdict) {
    case 'exact':
      return style.green;
    case 'different':
      return style.red;
    case 'unsupported':
      return style.yellow;
    case 'unchecked':
      return style.dim;
  }
}

function detailText(verdict: StageVerdict): string {
  switch (verdict.verdict) {
    case 'exact':
      return `${verdict.compared.length} of ${verdict.compared.length} the same: ${listText(verdict.compared)}`;
    case 'different':
      return `${verdict.differing.length} of ${verdict.compared.length} differ: ${listText(verdict.differing)}`;
    case 'unsupported':
      return [...verdict.facts.map(factText), ...operationsText(verdict.operations)].join('; ');
    case 'unchecked':
      return uncheckedText(verdict.why);
    default:
      return unreachable(verdict);
  }
}

function listText(names: readonly string[]): string {
  const most = 4;
  return names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** `driver_version is 570.86 here and was 580.13` */
export function factText({fact, recorded, here}: FactDifference): string {
  if (here === null) return `${fact} was ${recorded} and is unknown here`;
  return recorded === null
    ? `${fact} is ${here} here and was unknown`
    : `${fact} is ${here} here and was ${recorded}`;
}

function operationsText(operations: readonly string[]): readonly string[] {
  return operations.length === 0 ? [] : [`the probe differs in ${listText(operations)}`];
}

export function uncheckedText(why: Unchecked): string {
  switch (why.code) {
    case 'not-recorded':
      return 'the record has no result of it';
    case 'not-selected':
      return 'not asked for';
    case 'not-deterministic':
      return 'it says of itself that it is not the same each time (determinism: none)';
    case 'another-key':
      return `planned again it has another key: ${listText(why.fields)}`;
    case 'failed':
      return `it failed here: ${failureText(why.failure).reason}`;
    case 'nothing-to-go-on':
      return `${why.stage}, which it needs, gave nothing`;
    case 'interrupted':
      return 'interrupted before it ended';
    default:
      return unreachable(why);
  }
}

export function replayHead(
  report: Pick<ReplayReport, 'run' | 'pipeline' | 'chained' | 'sandbox'>,
  style: Style,
): string {
  const how = report.chained
    ? 'each stage from what was replayed before it'
    : 'each stage from its recorded inputs';
  return `replay of ${style.bold(report.pipeline)} · run ${shortDigest(report.run)} · ${how} · sandbox ${report.sandbox}`;
}

export function replaySummary({stages, seconds}: ReplayReport, style: Style): string {
  const count = (verdict: StageVerdict['verdict']) =>
    stages.filter((stage) => stage.verdict === verdict).length;
  const parts = [
    style.green(`${count('exact')} exact`),
    ...paint(count('different'), 'different', style.red),
    ...paint(count('unsupported'), 'unsupported', style.yellow),
    ...paint(count('unchecked'), 'unchecked', style.dim),
  ];
  return `${plural(stages.length, 'stage')} in ${durationText(seconds)}: ${parts.join(' · ')}`;
}

function paint(count: number, word: string, style: (text: string) => string): readonly string[] {
  return count === 0 ? [] : [style(`${count} ${word}`)];
}

/** What to do about it, in one line. */
export function replayAdvice(report: ReplayReport): string | undefined {
  const verdicts = new Set(report.stages.map(({verdict}) => verdict));
  if (verdicts.has('different')) return 'repro bisect says which step, tensor and fact differ first';
  if (verdicts.has('unsupported'))
    return 'a machine of the recorded hardware class can answer; --any-class executes here all the same, and says so';
  return verdicts.has('unchecked') ? undefined : 'repro attest signs this for others to see';
}

import type {
  Bisection,
  ChainProbe,
  LocatedDivergence,
  NothingFound,
  SideAgain,
  StepAgain,
} from '../../schemas/bisection.ts';
import type {Comparison} from '../../schemas/comparison.ts';
import type {Cause} from '../../schemas/run-comparison.ts';
import {durationText, plural} from '../words/quantity-text.ts';
import {comparisonText} from './comparison-text.ts';
import {divergenceText} from './divergence-text.ts';
import {faultParagraph, faultText, hasUlps} from './fault-text.ts';
import {fieldLines, indented} from './field-text.ts';
import {joinLines} from './lines.ts';
import {shortCauseText} from './short-cause-text.ts';
import type {Style} from './style.ts';

/** `repro bisect`: from the stage to the bit, then what is to blame; about fifteen lines. */
export function bisectText(found: Bisection, [a, b]: readonly [string, string], style: Style): string {
  const heading = [style.dim(`a  ${a}`), style.dim(`b  ${b}`), ''];
  const lines = found.found === 'nothing' ? nothingLines(found, style) : locatedLines(found, style);
  return joinLines([...heading, ...lines, '']);
}

function nothingLines({same, unchecked}: NothingFound, style: Style): readonly string[] {
  const though = same.filter(({causes}) => causes.length > 0);
  return [
    style.bold(`nothing found: ${plural(same.length, 'stage')} with the same bits`),
    ...though.map(
      ({stage, causes}) =>
        `  ${stage}  the same, though ${causes.map((cause) => shortCauseText(cause, style)).join('; ')}`,
    ),
    ...unchecked.map(({stage, why}) => `  ${stage}  ${style.yellow('not compared')}: ${why}`),
  ];
}

function locatedLines(found: LocatedDivergence, style: Style): readonly string[] {
  const {same, others, trace, probes, again} = found;
  return [
    `${style.bold(found.stage)}  ${headOf(found)}`,
    ...indented([
      ...(same.length === 0 ? [] : [style.dim(`the same bits in ${same.join(', ')}`)]),
      ...(others.length === 0
        ? []
        : [`also different by itself: ${others.join(', ')}; --stage looks into one`]),
      ...found.inputs.flatMap(({name, comparison}) => partLines(`input ${name}`, comparison, true, style)),
      ...(probes === undefined ? [] : [probesText(probes, style)]),
      ...(trace === undefined ? resultLines(found, style) : divergenceText(trace, style)),
      ...(again === undefined ? [] : againLines(again, style)),
      ...recordedLines(found, style),
    ]),
    '',
    `${style.bold('verdict')}  ${style.yellow(faultText(found.verdict.class))}`,
    `  ${faultParagraph(found)}`,
  ];
}

/** What was recorded differently: first what explains it, last what does not. */
function recordedLines(
  {causes, verdict: {by, unlikely}}: LocatedDivergence,
  style: Style,
): readonly string[] {
  const rankOf = ({class: kind}: Cause) => {
    if (kind === by?.from) return 0;
    return unlikely.some(({from}) => from === kind) ? 2 : 1;
  };
  return [...causes]
    .sort((a, b) => rankOf(a) - rankOf(b))
    .map((cause) => {
      const text = shortCauseText(cause, style);
      return cause.class === 'unknown' ? text : `${RANKS[rankOf(cause)]}  ${text}`;
    });
}

const RANKS: readonly string[] = ['most likely', 'also       ', 'unlikely   '];

function headOf({results: {outputs, values, metrics}, causes}: LocatedDivergence): string {
  const parts = [
    ...outputs.map(({name}) => name),
    ...values.map(({path}) => `value ${path}`),
    ...(metrics === undefined ? [] : ['metrics']),
  ];
  const inputs = causes.some((cause) => cause.class === 'input') ? 'another input' : 'equal inputs';
  return `${inputs}, ${parts.length === 0 ? 'other states on the way' : `other ${parts.join(', ')}`}`;
}

/** `chains  10 ≠ · 5 = · 8 ≠ · 7 ≠` */
function probesText(probes: readonly ChainProbe[], style: Style): string {
  const each = probes.map(({step, equal}) => (equal ? style.green(`${step} =`) : style.red(`${step} ≠`)));
  return `${plural(probes.length, 'chain')} compared: ${each.join(' · ')}`;
}

function againLines({sides, parts, equal, step}: StepAgain, style: Style): readonly string[] {
  return [
    ...sides.map((side) => `again here, ${SIDES[side.side]}  ${sideText(side, step, style)}`),
    ...(equal.length === 0 ? [] : [`equal, tensor by tensor: ${equal.join(', ')}`]),
    ...parts.flatMap(({part, comparison}, index) => partLines(part, comparison, index === 0, style)),
  ];
}

const SIDES = {a: 'a', b: 'b', again: 'once more'} as const;

function sideText(side: SideAgain, step: number, style: Style): string {
  if (side.how === 'failed') return style.red(`failed: ${side.why}`);
  const steps = side.after + 1 === step ? `step ${step}` : `steps ${side.after + 1} to ${step}`;
  const time = style.dim(`  ${steps}, ${durationText(side.seconds)}`);
  if (side.how === 'exact') return `${style.green('exact')}: the chain that was recorded${time}`;
  const where = side.likeRecorded ? '' : ' on another machine';
  return `${style.red('another')} chain than was recorded${where}, from step ${side.from} on${time}`;
}

/** The first part that differs in some lines; of the rest, how much of it. */
function partLines(name: string, comparison: Comparison, isFirst: boolean, style: Style): readonly string[] {
  const {headline, details} = comparisonText(comparison, style);
  const shown = isFirst ? details.filter((line) => !/^\s*(ULP|bits) {2}/.test(line)).slice(0, 3) : [];
  const lines = [`${style.bold(name)}  ${headline.replace(/^weights differ: /, '')}`, ...indented(shown)];
  const isCounted = comparison.kind !== 'tensors' || comparison.changed.some(({dtype}) => hasUlps(dtype));
  return isCounted ? lines : lines.map((line) => line.replace(/, at most [\d,]+ ULP/, ''));
}

/** Where no trace says more. */
function resultLines(
  {results: {outputs, values, metrics}}: LocatedDivergence,
  style: Style,
): readonly string[] {
  return [
    ...fieldLines(values, style),
    ...(metrics?.step === undefined ? [] : [`metrics  from step ${metrics.step} on`]),
    ...outputs.flatMap(({name, comparison}) =>
      comparison === undefined ? [] : partLines(name, comparison, true, style),
    ),
  ];
}

import type {Comparison} from '../../schemas/comparison.ts';
import {unreachable} from '../../schemas/result.ts';
import type {
  Cause,
  ReceiptComparison,
  ResultDifferences,
  RunComparison,
  StageComparison,
} from '../../schemas/run-comparison.ts';
import {durationText} from '../words/quantity-text.ts';
import {causeLines} from './cause-text.ts';
import {comparisonText} from './comparison-text.ts';
import {divergenceText} from './divergence-text.ts';
import {fieldLines, fieldText, indented} from './field-text.ts';
import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

/** What the two things are called. */
export type Labels = readonly [a: string, b: string];

/** `repro diff`: what and where in the first lines, all the rest below. */
export function diffText(
  found: Comparison | ReceiptComparison | RunComparison,
  labels: Labels,
  style: Style,
): string {
  const heading = [style.dim(`a  ${labels[0]}`), style.dim(`b  ${labels[1]}`), ''];
  return joinLines([...heading, ...linesOf(found, style), '']);
}

function linesOf(found: Comparison | ReceiptComparison | RunComparison, style: Style): readonly string[] {
  switch (found.kind) {
    case 'runs':
      return runLines(found, style);
    case 'receipts':
      return receiptLines(found, style);
    default: {
      const {headline, details} = comparisonText(found, style);
      return [style.bold(headline), ...indented(details)];
    }
  }
}

function runLines({stages, first, machines, run}: RunComparison, style: Style): readonly string[] {
  const width = Math.max(0, ...stages.map(({name}) => name.length));
  const closely = stages
    .filter(({name}) => first.includes(name))
    .flatMap((stage) => closeLines(stage, style));
  return [
    ...(first.length === 0
      ? [style.bold(restOf(stages))]
      : [style.bold('first divergence'), ...indented(closely)]),
    '',
    ...stages.map((stage) => `${stage.name.padEnd(width)}  ${stageText(stage, style)}`),
    ...section('run', fieldLines(run, style), style),
    ...section('machines', fieldLines(machines, style), style),
    ...(first.length > 0 && machines.length === 0 ? ['', 'no recorded fact of the machines differs'] : []),
    ...closerLook(stages, style),
  ];
}

function closerLook(stages: readonly StageComparison[], style: Style): readonly string[] {
  for (const stage of stages) {
    const output = stage.verdict === 'different' ? stage.results.outputs[0]?.name : undefined;
    if (output !== undefined)
      return ['', style.dim(`look closer: repro diff A:${stage.name}.${output} B:${stage.name}.${output}`)];
  }
  return [];
}

function restOf(stages: readonly StageComparison[]): string {
  if (stages.every(({verdict}) => verdict === 'same')) return 'the same bits in every stage';
  return 'no stage has equal inputs and other outputs';
}

function closeLines(stage: StageComparison, style: Style): readonly string[] {
  if (stage.verdict !== 'different') return [];
  return [
    `${style.bold(stage.name)}  ${inputsText(stage.causes)}, other ${whatDiffers(stage.results)}`,
    ...indented([
      ...causeLines(stage.causes, style),
      ...(stage.trace === undefined ? [] : divergenceText(stage.trace, style)),
      ...resultLines(stage.results, style, stage.results.outputs.length > 2 ? 1 : 5),
    ]),
  ];
}

function inputsText(causes: readonly Cause[]): string {
  return causes.some((cause) => cause.class === 'input') ? 'another source' : 'equal inputs';
}

function whatDiffers({outputs, values, metrics}: ResultDifferences): string {
  const parts = [
    ...(outputs.length > 0 ? [outputs.map(({name}) => name).join(', ')] : []),
    ...(values.length > 0 ? [`values (${values.map(({path}) => path).join(', ')})`] : []),
    ...(metrics === undefined ? [] : ['metrics']),
  ];
  return parts.length === 0 ? 'states on the way, and the same results' : parts.join('; ');
}

/** `most` lines of what differs in each output: whoever wants more asks for that output. */
function resultLines(
  {outputs, values, metrics}: ResultDifferences,
  style: Style,
  most: number = Number.POSITIVE_INFINITY,
): readonly string[] {
  const step = metrics?.step === undefined ? '' : `step ${metrics.step}: `;
  return [
    ...fieldLines(values, style),
    ...(metrics === undefined || metrics.metrics.length === 0
      ? []
      : [
          `metrics  ${step}${metrics.metrics
            .slice(0, 2)
            .map((found) => fieldText(found, style))
            .join(' · ')}`,
        ]),
    ...outputs.flatMap(({name, comparison}) => {
      if (comparison === undefined) return [];
      const {headline, details} = comparisonText(comparison, style);
      const shown = details.length <= most ? details : [...details.slice(0, most), style.dim('…')];
      return [`${style.bold(name)}  ${headline}`, ...indented(shown)];
    }),
  ];
}

function stageText(stage: StageComparison, style: Style): string {
  switch (stage.verdict) {
    case 'same':
      return `${style.green('same')}${sameText(stage)}`;
    case 'different':
      return `${style.red('different')}  ${stage.causes[0]?.class ?? ''}`;
    case 'follows': {
      const also = stage.causes.map((cause) => cause.class).join(', ');
      return `follows from ${stage.from.join(', ')}${also === '' ? '' : style.dim(`; also ${also}`)}`;
    }
    case 'only-in':
      return style.yellow(`only in ${stage.side}`);
    case 'no-result':
      return style.yellow(`${stage.states[0]} in a, ${stage.states[1]} in b`);
    default:
      return unreachable(stage);
  }
}

function sameText({seconds, causes}: Extract<StageComparison, {verdict: 'same'}>): string {
  const time = seconds === undefined ? '' : `  ${durationText(seconds[0])} and ${durationText(seconds[1])}`;
  const made = causes.length === 0 ? '' : `, though ${causes.map((cause) => cause.class).join(', ')} differs`;
  return made + time;
}

function receiptLines({causes, results, seconds, trace}: ReceiptComparison, style: Style): readonly string[] {
  const isSame = results.outputs.length + results.values.length === 0 && results.metrics === undefined;
  return [
    style.bold(isSame ? 'the same bits' : `other ${whatDiffers(results)}`),
    ...indented([
      ...causeLines(causes, style),
      ...(trace === undefined ? [] : divergenceText(trace, style)),
      ...resultLines(results, style, 12),
      style.dim(`${durationText(seconds[0])} and ${durationText(seconds[1])}`),
    ]),
  ];
}

function section(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : ['', style.bold(title), ...indented(lines)];
}

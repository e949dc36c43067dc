import type {FaultClass, FaultEvidence, LocatedDivergence, StepAgain} from '../../schemas/bisection.ts';
import type {TraceDivergence} from '../../schemas/trace.ts';
import {fieldText} from './field-text.ts';
import {plainStyle} from './style.ts';
import {grouped} from './tensors-text.ts';

/** What a class of fault is called. */
export function faultText(fault: FaultClass): string {
  return FAULTS[fault];
}

const FAULTS: Readonly<Record<FaultClass, string>> = {
  seed: 'seed',
  'other-weights': 'other weights at the start',
  'other-data': 'other data',
  'data-order': 'data order',
  'random-state': 'lost random state',
  threads: 'threads',
  'instruction-set': 'instruction set',
  library: 'library',
  machine: 'machine',
  settings: 'settings',
  kernel: 'kernel that is not deterministic',
  sampling: 'sampling',
  'optimizer-state': 'optimizer state',
  code: 'code',
  params: 'params',
  unknown: 'unknown',
};

/** One paragraph: what happened where, what recorded difference explains it, and how sure that is. */
export function faultParagraph({stage, trace, again, verdict}: LocatedDivergence): string {
  const {by, unlikely} = verdict;
  // The same thing told twice: what was set, and what took effect.
  const also = verdict.also.filter((each) => each.class !== by?.class);
  return [
    `${whatHappened(stage, trace, again)}.`,
    by === undefined ? NOTHING_RECORDED : `What explains it: ${evidenceText(by)}.`,
    ...(again === undefined ? [] : [againText(again)]),
    ...(also.length === 0 ? [] : [`It could also be ${also.map(evidenceText).join('; ')}.`]),
    ...(unlikely.length === 0
      ? []
      : [`Differs, but does not show itself like this: ${unlikely.map(evidenceText).join('; ')}.`]),
  ].join(' ');
}

const NOTHING_RECORDED =
  'No recorded difference explains it: something undeclared, or an operation that is not deterministic.';

function whatHappened(
  stage: string,
  trace: TraceDivergence | undefined,
  again: StepAgain | undefined,
): string {
  if (trace?.kind !== 'step') return `${stage} gave other results`;
  const {step, first, equalBefore} = trace;
  const before = equalBefore ? 'from the same state' : 'from its first step on';
  const what =
    first === undefined
      ? 'only what is reported of it differs'
      : `${first} ${first === 'parameters' ? 'are' : 'is'} the first to differ`;
  return `At step ${step} of ${stage}, ${before}, ${what}${distanceText(again)}`;
}

/** Token ids and states of generators are numbers, too, and how far apart they are says nothing. */
export function hasUlps(dtype: string): boolean {
  return /^(F|BF)\d/.test(dtype);
}

/** `, by at most 1 ULP in 1 of 1,024 elements` */
function distanceText(again: StepAgain | undefined): string {
  const first = again?.parts[0]?.comparison;
  if (first?.kind !== 'tensors') return '';
  const isCounted = first.maxUlp !== undefined && first.changed.some(({dtype}) => hasUlps(dtype));
  const far = isCounted ? `by at most ${grouped(first.maxUlp)} ULP ` : '';
  return `, ${far}in ${grouped(first.differing)} of ${grouped(first.elements)} elements`;
}

function evidenceText({class: kind, from, differences}: FaultEvidence): string {
  // Which files and what in them stands above.
  if (from === 'code') return 'the code';
  const shown = differences.filter(({path}) => !path.startsWith('command'));
  const fields = (shown.length > 0 ? shown : differences).map((each) => fieldText(each, plainStyle));
  const more = fields.length > 2 ? ` and ${fields.length - 2} more` : '';
  const name = faultText(kind) === from ? from : `${from} (${faultText(kind)})`;
  return `${name}: ${fields.slice(0, 2).join(', ')}${more}`.replace(/^(\w+): \1 /, '$1');
}

function againText({sides}: StepAgain): string {
  const [a, b] = sides;
  if (sides.some(({how}) => how === 'failed')) return 'It could not be done again here.';
  if (a?.side === 'b') {
    return a.how === 'exact'
      ? 'This machine gives its own bits twice: the difference is between it and the recorded one.'
      : 'Done again, this machine gives a third result: the step is not deterministic here.';
  }
  if (a?.how === 'exact' && b?.how === 'exact')
    return 'Done again here, both come out as recorded: it is in what was asked, not in the machines.';
  if (a?.how === 'other' && b?.how === 'other')
    return `Done again here, neither comes out as recorded: ${whyOther(sides)}.`;
  return `Done again here, only ${a?.how === 'exact' ? 'a' : 'b'} comes out as recorded: ${whyOther(sides)}.`;
}

function whyOther(sides: StepAgain['sides']): string {
  const isHere = sides.some((side) => side.how === 'other' && side.likeRecorded);
  return isHere ? 'what happened there does not happen each time' : 'this is another machine';
}

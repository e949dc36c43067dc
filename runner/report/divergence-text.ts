import {unreachable} from '../../schemas/result.ts';
import type {DivergingStep, TraceCause, TraceDivergence} from '../../schemas/trace.ts';
import {plural} from '../words/quantity-text.ts';
import type {Style} from './style.ts';
import {grouped} from './tensors-text.ts';

/** Where two trainings part, step and part, and what that says; a line or a few. */
export function divergenceText(divergence: TraceDivergence, style: Style): readonly string[] {
  switch (divergence.kind) {
    case 'equal':
      return [`traces are equal over ${plural(divergence.steps, 'step')}`];
    case 'longer':
      return [
        `traces are equal over ${plural(Math.min(...divergence.steps), 'step')}, then one goes on (${divergence.steps[0]} and ${divergence.steps[1]})`,
      ];
    case 'other-header':
      return [`traces can’t be compared: their ${divergence.fields.join(' and ')} differ`];
    case 'refused':
      return [`the trace of ${divergence.side} is refused: line ${divergence.line}: ${divergence.why}`];
    case 'unread':
      return [`traces are not looked into: ${divergence.why}`];
    case 'step':
      return stepLines(divergence, style);
    default:
      return unreachable(divergence);
  }
}

function stepLines(found: DivergingStep, style: Style): readonly string[] {
  const {step, steps, first, differing, equal, absent, scalars, cause, alternatives} = found;
  const last = Math.min(...steps);
  const what =
    first === undefined
      ? 'only reported numbers differ'
      : `${style.bold(first)} ${first === 'parameters' ? 'differ' : 'differs'} first`;
  const others = differing.filter((part) => part !== first);
  return [
    `${style.bold(`step ${step}`)} of ${last}: ${what} → ${style.yellow(causeText(cause))}`,
    `  equal    ${[...beforeText(found), ...equal].join(', ') || 'nothing'}`,
    ...(others.length > 0 ? [`  differ   ${others.join(', ')} too`] : []),
    ...(absent.length > 0 ? [`  absent   ${absent.join(', ')} in one of the two`] : []),
    ...scalars.map(
      ({name, before, after, apart}) =>
        `  ${name}  ${style.red(before ?? '(absent)')} → ${style.green(after ?? '(absent)')}${apart === undefined ? '' : style.dim(`  ${grouped(apart.ulps)} ULP of ${apart.type}`)}`,
    ),
    ...(alternatives.length > 0 ? [`  or       ${alternatives.map(causeText).join('; or ')}`] : []),
  ];
}

function beforeText({equalBefore, parametersEqualAt, step}: DivergingStep): readonly string[] {
  if (!equalBefore) return [];
  if (parametersEqualAt === step - 1) return ['the state before the step'];
  return [
    'all lines before',
    ...(parametersEqualAt === undefined ? [] : [`the parameters of step ${parametersEqualAt}`]),
  ];
}

/** What a class of cause means to people. */
function causeText(cause: TraceCause): string {
  return CAUSES[cause];
}

const CAUSES: Readonly<Record<TraceCause, string>> = {
  'other-start': 'another start (input model)',
  seed: 'seed or random state',
  'random-state': 'a random state that was lost or drawn from',
  'data-order': 'data order',
  batch: 'the batch (shuffled, tokenised otherwise, or other data)',
  sampling: 'sampling',
  arithmetic: 'arithmetic (kernel, threads, instruction set, library)',
  'optimizer-state': 'optimizer state lost, or its settings',
  'parameter-update': 'the parameters alone (the update, or a bit changed from outside)',
  'reported-number': 'only what is reported of the step',
};

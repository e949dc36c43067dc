import {plural} from '../../words/quantity-text.ts';
import {type AuditRow, fail, notChecked, pass} from '../row.ts';
import {type Held, holdTrace} from './hold-trace.ts';
import type {TraceInquiry} from './trace-inquiry.ts';

/**
 * What reading alone can say of traces: a publication whose author swapped a trained model for another is refused here,
 * whoever signed it. It says nothing of whether the steps were ever made; only replay does.
 */
export function checkTraces({questions, found, readsStates}: TraceInquiry, planned: boolean): AuditRow {
  if (!planned) return notChecked('trace', 'which stages must have one, the pipeline could not be asked');
  if (questions.length === 0)
    return aside('no stage has one, and no kind that was run says that it writes one');
  const held = questions.map((question) => ({name: question.stage.name, ...holdTrace(question, found)}));
  const all = (what: keyof Held & ('findings' | 'open' | 'untied' | 'excused')) =>
    held.flatMap(({name, [what]: list}) => list.map((why) => `${name}: ${why}`));
  const findings = all('findings');
  if (findings.length > 0) return fail('trace', findings);
  const open = [...all('open'), ...all('untied')];
  if (open.length > 0)
    return notChecked('trace', listed(open), 'only a replay can tell: audit it with --replay');
  // Each was verified in itself; what more was not asked is said.
  const excused = all('excused');
  if (excused.length > 0) return aside(listed(excused));
  return pass('trace', passWords(held, readsStates));
}

function passWords(held: readonly Held[], readsStates: boolean): string {
  const sum = (what: 'steps' | 'metrics' | 'states') => held.reduce((all, each) => all + each[what], 0);
  const tied = [
    ...(sum('metrics') > 0 ? [`${plural(sum('metrics'), 'column')} of metrics`] : []),
    ...(sum('states') > 0 ? [`${plural(sum('states'), 'recorded state')}${readsStates ? '' : SAMPLED}`] : []),
  ];
  const also = tied.length === 0 ? '' : `; ${tied.join(' and ')} held against them`;
  return `${plural(held.length, 'trace')} of ${plural(sum('steps'), 'step')}: whole chains, as long as the params say, that end in the published weights${also}`;
}

const SAMPLED = ' (a sample reads no tensors of them)';

/** To know, and no fault: nobody promised more. */
function aside(why: string): AuditRow {
  return {...notChecked('trace', why), required: false};
}

function listed([first = '', ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} (and ${more.length} more)`;
}

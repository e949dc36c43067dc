/**
 * What an audit asks of a published run, in the order in which it is told. Names are what `--json` gives and what
 * people write in reviews: a name that changes all the same is still read (`checkNamed`).
 */
export const CHECKS = [
  'publication',
  'signature',
  'newest',
  'statements',
  'record',
  'keys',
  'graph',
  'plan',
  'receipts',
  'source',
  'code',
  'locks',
  'pins',
  'artifacts',
  'logs',
  'trace',
  'sandbox',
  'pickles',
  'attested',
] as const;

/** `replay` is asked by an audit only that was told to execute (runner/commands/audit/audit-replay.ts). */
export type CheckName = (typeof CHECKS)[number] | 'replay';

/** What reports of an earlier repro call a check: `replays` was one letter from `replay`, which is another one. */
const FORMER: ReadonlyMap<string, CheckName> = new Map([['replays', 'attested']]);

/** The check that a row of a report is about, whichever repro printed it; undefined for one that this repro can't know. */
export function checkNamed(name: string): CheckName | undefined {
  return FORMER.get(name) ?? [...CHECKS, 'replay' as const].find((check) => check === name);
}

/** Facts to know, not promises to keep: an audit is complete without them. */
const OPTIONAL: ReadonlySet<CheckName> = new Set(['receipts', 'sandbox', 'pickles', 'attested']);

export interface AuditRow {
  readonly check: CheckName;
  readonly state: 'pass' | 'fail' | 'not-checked';
  /** Whether an audit without it is incomplete. */
  readonly required: boolean;
  /** One line: what was established, what is wrong, or why nobody knows. */
  readonly why: string;
  /** All that is wrong, one line each; the first is in `why` too. */
  readonly findings: readonly string[];
  /** What would make it checkable. */
  readonly help?: string;
}

export function pass(check: CheckName, why: string): AuditRow {
  return {check, state: 'pass', required: !OPTIONAL.has(check), why, findings: []};
}

export function notChecked(check: CheckName, why: string, help?: string): AuditRow {
  return {
    check,
    state: 'not-checked',
    required: !OPTIONAL.has(check),
    why,
    findings: [],
    ...(help !== undefined && {help}),
  };
}

/** There was nothing to look at: no pass, and no fault. */
export function nothingThere(check: CheckName, why: string): AuditRow {
  return {...notChecked(check, why), required: false};
}

export function fail(check: CheckName, findings: readonly string[], help?: string): AuditRow {
  const [first = 'it is wrong', ...rest] = findings;
  const why = rest.length === 0 ? first : `${first} (and ${rest.length} more)`;
  return {
    check,
    state: 'fail',
    required: !OPTIONAL.has(check),
    why,
    findings: [...findings],
    ...(help !== undefined && {help}),
  };
}

/** Nothing wrong found: it passes, and says what that means. */
export function judge(check: CheckName, findings: readonly string[], why: string): AuditRow {
  return findings.length === 0 ? pass(check, why) : fail(check, findings);
}

export type AuditVerdict = 'passed' | 'failed' | 'incomplete';

export function verdictOf(rows: readonly AuditRow[]): AuditVerdict {
  if (rows.some(({state}) => state === 'fail')) return 'failed';
  return rows.some(({state, required}) => required && state === 'not-checked') ? 'incomplete' : 'passed';
}

import type {Digest} from '../../schemas/digest.ts';
import type {Publication} from '../../schemas/publication.ts';
import {plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import {strangerText} from './stranger-text.ts';
import type {Style} from './style.ts';

/** What an audit found, as this room needs it; `runner/audit/audit.ts: AuditReport` is one. */
export interface AuditedRun {
  readonly publication: Digest;
  readonly document: Publication | undefined;
  readonly rows: readonly AuditedRow[];
  readonly verdict: 'passed' | 'failed' | 'incomplete';
}

export interface AuditedRow {
  readonly check: string;
  readonly state: 'pass' | 'fail' | 'not-checked';
  readonly required: boolean;
  readonly why: string;
  readonly findings: readonly string[];
  readonly help?: string;
}

/** Of one row, before it says how many more there are. */
const MOST_FINDINGS = 5;

/** An audit as one would paste it into a review: who and what, every check with its reason, the verdict, what next. */
export function auditText(audited: AuditedRun, url: string, style: Style): string {
  return `${auditChecks(audited, url, style)}\n${auditVerdict(audited, url, style)}`;
}

/** The same in two parts, for an audit that executes in between. */
export function auditChecks(audited: AuditedRun, url: string, style: Style): string {
  return `${headText(audited, url, style)}\n${auditRows(audited.rows, style)}`;
}

export function auditVerdict(audited: AuditedRun, url: string, style: Style): string {
  return `${verdictText(audited, url, style)}\n`;
}

export function auditRows(rows: readonly AuditedRow[], style: Style): string {
  const checks = Math.max(...rows.map(({check}) => check.length));
  return rows.map((row) => rowText(row, checks, style)).join('');
}

function headText({publication, document}: AuditedRun, url: string, style: Style): string {
  if (document === undefined)
    return joinLines([style.bold(strangerText(url)), style.dim(`publication ${publication}`), '']);
  const {name, sequence, license, authors, publishedAt, run} = document;
  const by = authors.length === 0 ? '' : ` · ${authors.map((author) => author.name).join(', ')}`;
  return joinLines([
    `${style.bold(strangerText(name))} · number ${sequence}${strangerText(by)} · ${strangerText(license)} · ${publishedAt.slice(0, 10)}`,
    style.dim(`publication ${publication}`),
    style.dim(`run         ${run.digest}`),
    '',
  ]);
}

function rowText({check, state, why, findings}: AuditedRow, width: number, style: Style): string {
  const head = `  ${check.padEnd(width)}  ${stateText(state, style)}  `;
  const indent = ' '.repeat(width + 2 + 2 + STATE_WIDTH + 2);
  if (state !== 'fail' || findings.length < 2) return joinLines([`${head}${strangerText(why)}`, '']);
  const shown = findings.slice(0, MOST_FINDINGS).map(strangerText);
  const more = findings.length - shown.length;
  if (more > 0) shown.push(`and ${more} more: --json has them all`);
  return joinLines([...shown.map((line, at) => (at === 0 ? head : indent) + line), '']);
}

const STATE_WIDTH = 'not checked'.length;

function stateText(state: AuditedRow['state'], style: Style): string {
  switch (state) {
    case 'pass':
      return style.green('pass'.padEnd(STATE_WIDTH));
    case 'fail':
      return style.red('FAIL'.padEnd(STATE_WIDTH));
    case 'not-checked':
      return style.yellow('not checked');
  }
}

function verdictText({rows, verdict}: AuditedRun, url: string, style: Style): string {
  const named = (wanted: (row: AuditedRow) => boolean) =>
    rows
      .filter(wanted)
      .map(({check}) => check)
      .join(', ');
  const place = strangerText(url);
  switch (verdict) {
    case 'passed': {
      const open = named(({state}) => state === 'not-checked');
      const passed = plural(rows.filter(({state}) => state === 'pass').length, 'check');
      const but = open === '' ? '' : `; to know, and no fault: ${open}`;
      return joinLines([
        `${style.green('passed')}: ${passed}${but}`,
        `next: repro pull ${place}   the final model, verified`,
        `      repro run ${place}    the same again, on this machine`,
      ]);
    }
    case 'failed':
      return joinLines([
        `${style.red('FAILED')}: ${named(({state}) => state === 'fail')}`,
        'help: don’t build on this run; send these lines to its author',
      ]);
    case 'incomplete': {
      const open = rows.filter(({state, required}) => required && state === 'not-checked');
      const help = open.find((row) => row.help !== undefined)?.help ?? 'try again later';
      return joinLines([
        `${style.yellow('incomplete')}: nothing wrong was found, and not checked: ${open.map(({check}) => check).join(', ')}`,
        `help: ${strangerText(help)}`,
      ]);
    }
  }
}

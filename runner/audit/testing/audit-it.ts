import type {ReadableBucket} from '../../../artifacts/bucket/bucket.ts';
import {faultOfLock} from '../../environments/lock-file.ts';
import {planPublished} from '../../opening/published/plan-published.ts';
import {type AuditOptions, type AuditReport, auditPublication} from '../audit.ts';
import type {AuditRow} from '../row.ts';
import type {Memory, Sighting} from '../seen-publications.ts';
import type {APublication} from './a-publication.ts';

/** For tests: what was seen, in memory. */
export function memory(...sightings: Sighting[]): Memory & {readonly all: readonly Sighting[]} {
  return {
    all: sightings,
    of: (signer, name) => sightings.filter((each) => each.signer === signer && each.name === name),
    remember: (sighting) => void sightings.push(sighting),
  };
}

type Needed = Pick<APublication, 'digest' | 'signer'> & {readonly bucket: ReadableBucket};

/** As an auditor who has chosen the author's key. */
export async function auditIt(published: Needed, options: Partial<AuditOptions> = {}): Promise<AuditReport> {
  const report = await auditPublication({
    bucket: published.bucket,
    wanted: {by: 'digest', publication: published.digest},
    keys: {keys: [{name: 'ada', key: published.signer.key}], explicit: true},
    memory: memory(),
    sample: {what: 'all'},
    seed: 'seed',
    version: '0.1.0',
    plan: planPublished,
    faultOfLock,
    variables: {},
    now: () => Date.parse('2026-11-25T00:00:00Z'),
    onProgress: () => undefined,
    ...options,
  });
  if (!report.ok) throw new Error(report.error);
  return report.value;
}

/** `artifacts: …` for every row that did not pass. */
export function complaints({rows}: AuditReport): readonly string[] {
  // That nobody has replayed it is no complaint, nor that there was nothing to look at.
  const told = new Set(['attested', 'trace', 'pins', 'logs', 'artifacts']);
  const complained = rows.filter(
    ({check, state, required}) =>
      state === 'fail' || (state === 'not-checked' && (required || !told.has(check))),
  );
  return complained.map(({check, state, why}) => `${check} ${state}: ${why}`);
}

export function rowOf({rows}: AuditReport, check: AuditRow['check']): AuditRow {
  const row = rows.find((each) => each.check === check);
  if (row === undefined) throw new Error(`no row ${check}`);
  return row;
}

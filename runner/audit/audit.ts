import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import type {Digest} from '../../schemas/digest.ts';
import type {Publication, PublishedContents} from '../../schemas/publication.ts';
import {ok, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import type {ByteProgress} from './check-bytes.ts';
import {checkClaim} from './check-claim.ts';
import type {Planned} from './check-plan.ts';
import {checkRun} from './check-run.ts';
import type {ChosenKeys} from './check-signature.ts';
import type {WantedPublication} from './publication-address.ts';
import type {PublishedCode} from './published-code.ts';
import {readPublication} from './read-published.ts';
import {type AuditRow, type AuditVerdict, CHECKS, notChecked, verdictOf} from './row.ts';
import type {SampleSize} from './sample.ts';
import type {Memory} from './seen-publications.ts';

export interface AuditOptions {
  readonly bucket: ReadableBucket;
  readonly wanted: WantedPublication;
  readonly keys: ChosenKeys;
  readonly memory: Memory;
  /** What the bucket goes by, so that the same one is known again; its name by default. */
  readonly place?: string;
  readonly sample: SampleSize;
  readonly seed: string;
  /** This repro's release, and what of the rest of the runner an audit needs. */
  readonly version: string;
  readonly plan: (record: RunRecord2, source: PublishedCode) => Result<Planned, string>;
  readonly faultOfLock: (lock: Uint8Array) => string | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly onProgress: (progress: ByteProgress) => void;
}

export interface AuditReport {
  readonly publication: Digest;
  /** Undefined where it could not be read. */
  readonly document: Publication | undefined;
  readonly record: RunRecord2 | undefined;
  /** In the order of CHECKS, each once. */
  readonly rows: readonly AuditRow[];
  readonly verdict: AuditVerdict;
}

/**
 * Judges a published run by reading it. Executes nothing of what it reads, loads no artifact, writes nothing but
 * what it has seen of whom. An error, in words, when there is nothing to judge.
 */
export async function auditPublication(options: AuditOptions): Promise<Result<AuditReport, string>> {
  const reading = await readPublication(options);
  if (!reading.ok) return reading;
  const {digest, publication, record: read} = reading.value;
  const known = {publication: digest, document: publication.document, record: undefined};
  if (publication.document === undefined || read === undefined)
    return ok(report({...known, rows: [publication.row]}));
  const {row, record} = read;
  const claim = {publication: publication.document, digest, record};
  const rows = [publication.row, row, ...(await checkClaim(claim, options))];
  if (record === undefined) return ok(report({...known, rows}));
  const about = {...options, contents: contentsOf(publication.document)};
  return ok(report({...known, record, rows: [...rows, ...(await checkRun(record, about))]}));
}

/** How much of a run its author says is published; the first format did not say. */
function contentsOf(publication: Publication): PublishedContents | undefined {
  return publication.publication === 1 ? undefined : publication.contents;
}

/** Every check once, in order; what was not come to says so. */
function report(found: Omit<AuditReport, 'verdict'>): AuditReport {
  const broken = found.document === undefined ? 'publication' : 'run record';
  // Of a later release: nothing speaks against it.
  const isUnread = found.rows.some(
    ({check, state}) => state === 'not-checked' && (check === 'publication' || check === 'record'),
  );
  const rows = CHECKS.map(
    (check) =>
      found.rows.find((row) => row.check === check) ??
      notChecked(check, `the ${broken} can’t be ${isUnread ? 'read here' : 'relied on'}`),
  );
  return {...found, rows, verdict: verdictOf(rows)};
}

import type {ReadableBucket} from '../../artifacts/bucket/bucket.ts';
import type {PublishedContents} from '../../schemas/publication.ts';
import {err, type Result} from '../../schemas/result.ts';
import type {RunRecord2} from '../../schemas/run-record.ts';
import {plural} from '../words/quantity-text.ts';
import {artifactsRow, byteRow, logsRow, picklesRow, pinsRow, sandboxRow} from './byte-rows.ts';
import {type ByteProgress, checkBytes} from './check-bytes.ts';
import {checkGraph} from './check-graph.ts';
import {checkKeys} from './check-keys.ts';
import {checkLocks} from './check-locks.ts';
import {checkPlan, type Planned} from './check-plan.ts';
import {checkReceipts} from './check-receipts.ts';
import {
  codeFindings,
  codeHoldings,
  type PublishedCode,
  publishedCodeFindings,
  readPublishedCode,
} from './published-code.ts';
import {type AuditRow, fail, notChecked} from './row.ts';
import {isTree, resultHoldings, sourceHolding, type UsedSource, usedSources} from './run-holdings.ts';
import type {SampleSize} from './sample.ts';
import {checkTraces} from './traces/check-traces.ts';
import {askTraces} from './traces/trace-inquiry.ts';

export interface CheckRunOptions {
  readonly bucket: ReadableBucket;
  readonly sample: SampleSize;
  readonly seed: string;
  readonly version: string;
  /** How much its author says is published; undefined where the publication does not say. */
  readonly contents: PublishedContents | undefined;
  readonly plan: (record: RunRecord2, source: PublishedCode) => Result<Planned, string>;
  readonly faultOfLock: (lock: Uint8Array) => string | undefined;
  readonly onProgress: (progress: ByteProgress) => void;
}

/** Whether a record holds together with its pipeline, and all its bytes are there and right. */
export async function checkRun(record: RunRecord2, options: CheckRunOptions): Promise<readonly AuditRow[]> {
  const {bucket} = options;
  const source = await readPublishedCode(bucket, record);
  const planned = source === undefined ? err('it can’t be read') : options.plan(record, source);
  const used = planned.ok ? await sourcesOf(record, planned.value, bucket) : undefined;
  const holdings = [...codeHoldings(record), ...resultHoldings(record), ...(used ?? []).map(sourceHolding)];
  const plan = planned.ok ? planned.value.plan : undefined;
  const traces = await askTraces(record, plan, bucket, options.sample.what === 'all');
  const bytes = await checkBytes(holdings, {...options, watches: traces.watches});
  const pinned = used === undefined ? undefined : new Set(used.map(({digest}) => digest));
  return [
    checkKeys(record),
    checkGraph(record, pinned),
    planRow(record, source, planned, options.version),
    await checkReceipts(bucket, record),
    byteRow('source', bytes, publishedCodeFindings(record, source), ({files}) => sourceWords(files)),
    byteRow('code', bytes, codeFindings(record), ({files}) => codeWords(record, files)),
    checkLocks(record, source, options.faultOfLock),
    pinsRow(bytes, used),
    artifactsRow(bytes, options.contents),
    logsRow(record, bytes, options.contents),
    checkTraces(traces, planned.ok),
    sandboxRow(record),
    picklesRow(bytes),
  ];
}

async function sourcesOf(record: RunRecord2, {plan}: Planned, bucket: ReadableBucket) {
  const sources: UsedSource[] = [];
  for (const source of usedSources(record, plan.sources)) {
    const isFile = source.location.from === 'file' && source.type === 'blob';
    sources.push(isFile && (await isTree(bucket, source.digest)) ? {...source, type: 'tree'} : source);
  }
  return sources;
}

function planRow(
  record: RunRecord2,
  source: PublishedCode | undefined,
  planned: Result<Planned, string>,
  version: string,
): AuditRow {
  if (source === undefined) return notChecked('plan', 'the pipeline file can’t be read');
  if (planned.ok) return checkPlan(record, planned.value, version);
  return fail('plan', [`the published pipeline can’t be planned: ${planned.error}`]);
}

function sourceWords(files: number): string {
  return `the pipeline and all that it includes, ${plural(files, 'file')}, hashed`;
}

function codeWords({source}: RunRecord2, files: number): string {
  const folders = Object.keys(source.folders).length;
  return `what ran is what is published: ${plural(folders, 'stage folder')} and the SDK, ${plural(files, 'file')}, hashed`;
}

import {randomBytes} from 'node:crypto';
import type {Diagnostic} from '../../schemas/diagnostic.ts';
import {ExitCode} from '../../schemas/exit-code.ts';
import {type AuditReport, audit as judge} from '../audit/audit.ts';
import type {ByteProgress} from '../audit/check-bytes.ts';
import type {ChosenKeys} from '../audit/check-signature.ts';
import {parseSampleSize, type SampleSize} from '../audit/sample.ts';
import {seenIn} from '../audit/seen.ts';
import {firstUnhashedLine} from '../environments/python-environment.ts';
import {auditText} from '../report/audit-text.ts';
import {bytesText} from '../report/quantity-text.ts';
import {strangerJson} from '../report/stranger-text.ts';
import {chooseStyle} from '../report/style.ts';
import {byteProgress} from './byte-progress.ts';
import {chooseKeys} from './choose-keys.ts';
import {type FoundPublication, findPublication} from './find-publication.ts';
import {ownContracts} from './own-contracts.ts';
import {planPublished} from './plan-published.ts';
import {refuse} from './refuse.ts';
import {bucketTrouble, refuseAsStore, refuseBucket} from './refuse-bucket.ts';
import {seenPath} from './seen-path.ts';
import type {World} from './world.ts';

export interface AuditCommandOptions {
  readonly url: string;
  readonly keys: readonly string[];
  /** `20` or `5%` of the artifacts’ files; all of them by default. */
  readonly sample: string | undefined;
  /** Of the sample. */
  readonly seed: string | undefined;
  readonly json: boolean;
}

/** `repro audit URL`: judges a published run by reading it, with no credentials and without running anything. */
export async function audit(options: AuditCommandOptions, world: World): Promise<ExitCode> {
  const keys = chooseKeys(options.keys, world);
  if (!keys.ok) return refuse([keys.error], world, options.json);
  const sample = options.sample === undefined ? ALL : parseSampleSize(options.sample);
  if (sample === undefined) return refuse([badSample(options.sample ?? '')], world, options.json);
  try {
    const found = await findPublication(options.url, world);
    if (!found.ok) return refuse([found.error], world, options.json);
    return await auditFound({...options, sample}, found.value, keys.value, world);
  } catch (error) {
    const trouble = bucketTrouble(error);
    if (trouble === undefined) throw error;
    return refuseBucket(trouble, world, options.json);
  }
}

const ALL: SampleSize = {what: 'all'};

function badSample(text: string): Diagnostic {
  const message = `--sample ${text} is no size of a sample`;
  return {
    severity: 'error',
    code: 'bad-sample',
    message,
    help: 'write a whole number above 0, or a percentage: 5%',
  };
}

async function auditFound(
  {url, sample, seed, json}: Omit<AuditCommandOptions, 'sample'> & {readonly sample: SampleSize},
  {bucket, wanted}: FoundPublication,
  keys: ChosenKeys,
  world: World,
): Promise<ExitCode> {
  const progress = byteProgress<ByteProgress>(
    world,
    ({done, of, bytes}) => `reading ${done} of ${of}, ${bytesText(bytes)}`,
  );
  try {
    const report = await judge({
      bucket,
      wanted,
      keys,
      sample,
      seed: seed ?? randomBytes(8).toString('hex'),
      memory: seenIn(seenPath(world)),
      version: world.version,
      plan: (record, source) => planPublished(record, source, ownContracts(world)),
      firstUnhashed: firstUnhashedLine,
      variables: world.variables,
      now: world.now,
      onProgress: progress.show,
    });
    progress.end();
    if (!report.ok) return refuseAsStore('no-publication', report.error, world, json);
    const code = exitCodeOf(report.value);
    world.out.write(json ? jsonOf(report.value, url, code) : textOf(report.value, url, world));
    return code;
  } finally {
    progress.end();
    await bucket.close();
  }
}

function exitCodeOf({verdict}: AuditReport): ExitCode {
  if (verdict === 'failed') return ExitCode.differentBits;
  return verdict === 'incomplete' ? ExitCode.incomplete : ExitCode.ok;
}

function textOf(report: AuditReport, url: string, {variables, out}: World): string {
  return auditText(report, url, chooseStyle(variables, out.isTerminal));
}

function jsonOf(
  {publication, document, rows, verdict}: AuditReport,
  url: string,
  exitCode: ExitCode,
): string {
  const found = {audit: 1, url, publication, run: document?.run.digest ?? null, document: document ?? null};
  return `${strangerJson({...found, verdict, exitCode, rows})}\n`;
}

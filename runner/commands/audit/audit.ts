import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {AuditReplay} from '../../../schemas/segments.ts';
import {type AuditReport, auditPublication as judge} from '../../audit/audit.ts';
import type {ByteProgress} from '../../audit/check-bytes.ts';
import type {ChosenKeys} from '../../audit/check-signature.ts';
import {verdictOf} from '../../audit/row.ts';
import {parseSampleSize, type SampleSize} from '../../audit/sample.ts';
import {seenIn} from '../../audit/seen-publications.ts';
import {faultOfLock} from '../../environments/lock-file.ts';
import {chooseKeys} from '../../opening/published/choose-keys.ts';
import {type FoundPublication, findPublication} from '../../opening/published/find-publication.ts';
import {ownContracts} from '../../opening/published/own-contracts.ts';
import {planPublished} from '../../opening/published/plan-published.ts';
import {byteProgress} from '../../opening/world/byte-progress.ts';
import {refuse} from '../../opening/world/refuse.ts';
import {bucketTrouble, refuseBucket} from '../../opening/world/refuse-bucket.ts';
import {seenPath} from '../../opening/world/state-path.ts';
import type {World} from '../../opening/world/world.ts';
import {auditChecks, auditRows, auditText, auditVerdict} from '../../report/audit-text.ts';
import {replayedText} from '../../report/segments-text.ts';
import {strangerJson} from '../../report/stranger-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {bytesText} from '../../words/quantity-text.ts';
import type {AuditReplayOptions} from './audit-replay.ts';
import {type ChosenDraw, chooseDraw, type DrawWords} from './choose-draw.ts';

/** The seed is of the sample, and of what is drawn to be executed; without `replay` it is only read. */
export interface AuditCommandOptions extends DrawWords {
  readonly url: string;
  readonly keys: readonly string[];
  /** `20` or `5%` of the artifacts’ files; all of them by default. */
  readonly sample: string | undefined;
  readonly json: boolean;
}

/**
 * `repro audit URL`: judges a published run by reading it, with no credentials and without running anything; with
 * --replay executes it then, whole or a part that a public draw picks.
 */
export async function audit(options: AuditCommandOptions, world: World): Promise<ExitCode> {
  const keys = chooseKeys(options.keys, world);
  if (!keys.ok) return refuse([keys.error], world, options.json);
  const sample = options.sample === undefined ? ALL : parseSampleSize(options.sample);
  if (sample === undefined) return refuse([badSample(options.sample ?? '')], world, options.json);
  const draw = chooseDraw(options, world);
  if (!draw.ok) return refuse([draw.error], world, options.json);
  try {
    const found = await findPublication(options.url, world);
    if (!found.ok) return refuse([found.error], world, options.json);
    return await auditFound({...options, sample, draw: draw.value}, found.value, keys.value, world);
  } catch (error) {
    const trouble = bucketTrouble(error);
    if (trouble === undefined) throw error;
    return refuseBucket(trouble, world, options.json);
  }
}

const ALL: SampleSize = {what: 'all'};

function badSample(text: string): Diagnostic {
  const message = `--sample ${text} is no size of a sample`;
  return problem('bad-sample', message, 'write a whole number above 0, or a percentage: 5%');
}

function noPublication(message: string): Diagnostic {
  return problem('no-publication', message);
}

type Chosen = Omit<AuditCommandOptions, 'sample'> & {
  readonly sample: SampleSize;
  readonly draw: ChosenDraw;
};

async function auditFound(
  {url, sample, draw, replay, json}: Chosen,
  {bucket, wanted, place}: FoundPublication,
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
      place,
      keys,
      sample,
      seed: draw.seed,
      memory: seenIn(seenPath(world)),
      version: world.version,
      plan: (record, source) => planPublished(record, source, ownContracts(world)),
      faultOfLock,
      variables: world.variables,
      now: world.now,
      onProgress: progress.show,
    });
    progress.end();
    if (!report.ok) return refuse([noPublication(report.error)], world, json);
    const told = {url, json, style: chooseStyle(world.variables, world.out.isTerminal)};
    if (replay !== undefined) return await executeToo(report.value, {...told, ...replay, ...draw}, world);
    const code = exitCodeOfAudit(report.value);
    world.out.write(json ? jsonOf(report.value, url, code) : auditText(report.value, url, told.style));
    return code;
  } finally {
    progress.end();
    await bucket.close();
  }
}

function exitCodeOfAudit({verdict}: AuditReport): ExitCode {
  if (verdict === 'failed') return ExitCode.differentBits;
  return verdict === 'incomplete' ? ExitCode.incomplete : ExitCode.ok;
}

/** What was read is told first: before anybody is asked whether it may run. */
async function executeToo(report: AuditReport, options: AuditReplayOptions, world: World): Promise<ExitCode> {
  const {url, json, style} = options;
  const say = (text: string) => void (json || world.out.write(text));
  say(auditChecks(report, url, style));
  const {replayAudited, wasInterrupted} = await import('./audit-replay.ts');
  const {row, found} = await replayAudited(report, options, world);
  const rows = [...report.rows, row];
  const whole = {...report, rows, verdict: verdictOf(rows)};
  const code = exitCodeOfAudit(whole);
  if (found !== undefined) say(replayedText(found, style));
  say(`\n${auditRows([row], style)}\n${auditVerdict(whole, url, style)}`);
  if (json) world.out.write(jsonOf(whole, url, code, found));
  return found !== undefined && wasInterrupted(found) ? ExitCode.interrupted : code;
}

function jsonOf(
  {publication, document, rows, verdict}: AuditReport,
  url: string,
  exitCode: ExitCode,
  replay?: AuditReplay,
): string {
  const found = {audit: 1, url, publication, run: document?.run.digest ?? null, document: document ?? null};
  return `${strangerJson({...found, verdict, exitCode, rows, ...(replay !== undefined && {replay})})}\n`;
}

import type {AuditReplay, Draw, Grade} from '../../../schemas/segments.ts';
import type {AuditReport} from '../../audit/audit.ts';
import {type AuditRow, notChecked} from '../../audit/row.ts';
import type {Session} from '../../opening/pipeline/run-session.ts';
import {exactAddress} from '../../opening/published/find-publication.ts';
import {type NotOpened, openRecordedRun, type RecordedRun} from '../../opening/recorded/recorded-run.ts';
import {inSession, reading} from '../../opening/recorded/recorded-session.ts';
import type {World} from '../../opening/world/world.ts';
import type {Style} from '../../report/style.ts';
import type {SandboxChoice} from '../../sandbox/find-sandbox.ts';
import {rowOfReplay} from './audit-replay-row.ts';
import {type AuditWork, replayDrawn, replayWhole} from './audit-replay-work.ts';

export interface AuditReplayOptions {
  readonly url: string;
  /** Percent; undefined: every stage, whole. */
  readonly budget: number | undefined;
  readonly seed: string;
  readonly seedFrom: Draw['seedFrom'];
  readonly grade: Grade;
  readonly trust: string | undefined;
  readonly stores: readonly string[];
  readonly jobs: number | undefined;
  readonly sandbox: SandboxChoice;
  readonly json: boolean;
  readonly style: Style;
}

export interface ReplayedAudit {
  readonly row: AuditRow;
  /** Undefined where nothing could be executed; the row says why. */
  readonly found: AuditReplay | undefined;
}

/** The second half of `repro audit --replay`: executes the run that was read, whole or a drawn part of it. */
export async function replayAudited(
  audited: AuditReport,
  options: AuditReplayOptions,
  world: World,
): Promise<ReplayedAudit> {
  if (audited.record === undefined || audited.verdict === 'failed')
    return nothing('nothing was executed: what is read is wrong already');
  // By its digest: of a name that has a newer number by now, what was read is what is executed.
  const exact = exactAddress(options.url, audited.publication);
  const recorded = await openRecordedRun(exact, options, world);
  if (!recorded.ok) return notOpened(recorded.error);
  await using run = recorded.value;
  const shelf = options.budget === undefined ? 'replays' : 'audits';
  const executed = await inSession(run, (session) => executeIn(run, audited, options, session), shelf);
  return executed.ok ? executed.value : nothing(executed.error.message, executed.error.help);
}

function notOpened({lacks, diagnostics: [first]}: NotOpened): ReplayedAudit {
  if (lacks === 'facts') return nothing(`it can’t be executed here: ${first?.message}`, first?.help);
  return nothing(`nothing was executed: ${first?.message ?? 'it can’t be opened'}`, first?.help);
}

/** Somebody pressed Ctrl-C, and knows. */
export function wasInterrupted({segments, stages}: AuditReplay): boolean {
  return [...segments, ...stages].some(
    (part) => part.verdict === 'unchecked' && part.why.code === 'interrupted',
  );
}

function nothing(why: string, help?: string): ReplayedAudit {
  return {row: notChecked('replay', why, help), found: undefined};
}

function executeIn(
  run: RecordedRun,
  {publication}: AuditReport,
  options: AuditReplayOptions,
  session: Session,
): Promise<ReplayedAudit> {
  return reading(run, async (reader) => {
    const {plan, receipts, digest, world} = run;
    const {version, now} = world;
    const say = (text: string) => void (options.json || world.out.write(`${text}\n`));
    const {style, budget} = options;
    const recorded = {plan, receipts};
    const work: AuditWork = {recorded, run: digest, publication, session, reader, style, say, version, now};
    const found =
      budget === undefined
        ? await replayWhole(work)
        : await replayDrawn(work, {...options, budgetPercent: budget});
    return {row: rowOfReplay(found), found};
  });
}

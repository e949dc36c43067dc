import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {ownedName} from '../../../artifacts/owner.ts';
import {receiptsIn} from '../../../schemas/run-record.ts';
import type {AuditReplay, Draw, Grade} from '../../../schemas/segments.ts';
import type {AuditReport} from '../../audit/audit.ts';
import {type AuditRow, notChecked} from '../../audit/row.ts';
import {ArtifactReader} from '../../compare/artifact-reader.ts';
import {openSession} from '../../opening/pipeline/run-session.ts';
import {exactAddress} from '../../opening/published/find-publication.ts';
import {openRecordedProject, type RecordedProject} from '../../opening/recorded/find-recorded.ts';
import {openRecorded} from '../../opening/recorded/open-recorded.ts';
import {quietReporter} from '../../opening/recorded/quiet-reporter.ts';
import {projectRoot} from '../../opening/world/directories.ts';
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
  const {url, stores, jobs, json, sandbox, trust} = options;
  const run = {profile: undefined, overrides: [], until: [], only: [], keepGoing: true, cache: false};
  // By its digest: of a name that has a newer number by now, what was read is what is executed.
  const exact = exactAddress(url, audited.publication);
  const source = await openRecordedProject(
    exact,
    {...run, file: '', stores, jobs, json, sandbox, trust},
    world,
  );
  if (!source.ok) {
    const [first] = source.error;
    return nothing(`nothing was executed: ${first?.message ?? 'it can’t be opened'}`, first?.help);
  }
  try {
    return await replaySource(source.value, audited, options, world);
  } finally {
    await source.value.store.close();
  }
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

async function replaySource(
  source: RecordedProject,
  audited: AuditReport,
  options: AuditReplayOptions,
  world: World,
): Promise<ReplayedAudit> {
  const recorded = await openRecorded(source);
  if (!recorded.ok)
    return nothing(`it can’t be executed here: ${recorded.error[0]?.message}`, recorded.error[0]?.help);
  const {opened, facts} = recorded.value;
  const {plan} = opened;
  const session = await openSession(
    {
      options,
      opened,
      store: source.store,
      facts,
      project: join(projectRoot(world.directory), '.repro'),
      shelf: options.budget === undefined ? 'replays' : 'audits',
      reporter: quietReporter(world, options.json),
    },
    source.world,
  );
  if (!session.ok) return nothing(session.error.message, session.error.help);
  const reader = new ArtifactReader(async () => ({
    store: source.store.artifacts,
    folder: join(source.store.layout.temporary, ownedName(world.owner, randomBytes(12).toString('hex'))),
  }));
  try {
    const work: AuditWork = {
      recorded: {plan, receipts: receiptsIn(source.record)},
      run: source.run,
      publication: audited.publication,
      session: session.value,
      reader,
      style: options.style,
      say: (text) => void (options.json || world.out.write(`${text}\n`)),
      version: world.version,
      now: world.now,
    };
    const {budget} = options;
    const found =
      budget === undefined
        ? await replayWhole(work)
        : await replayDrawn(work, {...options, budgetPercent: budget});
    return {row: rowOfReplay(found), found};
  } finally {
    reader[Symbol.dispose]();
    await session.value.close();
  }
}

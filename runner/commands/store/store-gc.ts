import {join, resolve} from 'node:path';
import {readSmallFile} from '../../../artifacts/files/small-file.ts';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {StoreError} from '../../../artifacts/store-error.ts';
import {type ClockDoubt, clockDoubt} from '../../../artifacts/upkeep/clock-doubt.ts';
import {collectBucket} from '../../../artifacts/upkeep/collect-bucket.ts';
import {collectDisk} from '../../../artifacts/upkeep/collect-disk.ts';
import {recover} from '../../../artifacts/upkeep/recover.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {failedFolder} from '../../opening/pipeline/run-session.ts';
import {type AnyStore, closeStore, openAnyStore} from '../../opening/stores/open-any-store.ts';
import {projectRoot} from '../../opening/world/directories.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {gcText} from '../../report/gc-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {removeFailedFolders} from '../../run/failed-folders.ts';
import {listRuns, runDirectory} from '../../run/run-directory.ts';
import {plural} from '../../words/quantity-text.ts';

export interface GcOptions {
  readonly store: string;
  /** Projects whose runs are kept; the one that this is called in by default. */
  readonly projects: readonly string[];
  readonly graceDays: number;
  readonly keepDays: number;
  readonly delete: boolean;
  readonly force: boolean;
  readonly json: boolean;
}

const DAY = 86_400_000;

/** `repro store gc --store STORE`: counts what nobody needs, and with --delete deletes it. */
export async function gc(options: GcOptions, world: World): Promise<ExitCode> {
  const {json, graceDays} = options;
  const opened = await openAnyStore(options.store, world, options.delete ? 'write' : 'read');
  if (!opened.ok) return refuse([opened.error], world, json);
  const store = opened.value;
  try {
    if (store.kind === 'bucket' && options.delete && graceDays < 1 && !options.force) {
      return refuse([tooEager(store.name)], world, json);
    }
    if (store.kind === 'disk' && options.delete && !options.force) {
      const doubt = clockDoubt(store.store.layout, world.now());
      if (doubt !== undefined) return refuse([clockWrong(doubt, store.name, world.now())], world, json);
    }
    const projects = options.projects.length > 0 ? options.projects : [projectRoot(world.directory)];
    const runs = projects.map((project) => runsOf(resolve(world.directory, project)));
    const garbage = await collect(
      store,
      options,
      runs.flatMap(({records}) => records.flatMap(rootOf)),
      world,
    );
    const roots = [
      'pins',
      'publications',
      ...runs.map(wordsOf),
      `results younger than ${options.keepDays} days`,
    ];
    const style = chooseStyle(world.variables, world.out.isTerminal);
    world.out.write(
      json
        ? `${JSON.stringify({store: store.name, ...garbage})}\n`
        : gcText({store: store.name, garbage, roots, graceDays}, style),
    );
    return typeof garbage.outcome === 'string' ? ExitCode.ok : ExitCode.tryAgain;
  } finally {
    await closeStore(store);
  }
}

function collect(opened: AnyStore, options: GcOptions, roots: readonly string[], world: World) {
  const given = {
    roots,
    now: world.now(),
    graceMs: options.graceDays * DAY,
    keepResultsMs: options.keepDays * DAY,
    delete: options.delete,
  };
  if (opened.kind === 'bucket') return collectBucket(opened.remote, given);
  const {layout} = opened.store;
  recover(layout, {isAlive: world.isAlive});
  // They are for looking into, and who collects has looked.
  if (options.delete) removeFailedFolders(failedFolder(layout));
  return collectDisk(opened.store, {...given, owner: world.owner, isAlive: world.isAlive});
}

interface Runs {
  readonly project: string;
  readonly records: readonly string[];
}

/** As texts: gc keeps what they name, and need not understand them. */
function runsOf(project: string): Runs {
  const records = listRuns(join(project, '.repro')).flatMap((name) =>
    recordOf(join(project, '.repro'), name),
  );
  return {project, records};
}

function recordOf(project: string, name: string): readonly string[] {
  const file = runDirectory(project, name).record;
  const read = readSmallFile(file, {limit: MOST_RECORD_BYTES});
  if (read.ok) return [read.value.toString('utf8')];
  if (read.error.code === 'absent') return []; // Still running, or killed before its end.
  // What it names would be taken for garbage.
  throw new StoreError(
    'occupied',
    file,
    `${file}: ${read.error.why}: nothing is collected while a record can’t be read`,
  );
}

/** Of ten thousand stages: a tenth of that. */
const MOST_RECORD_BYTES = 2 ** 29;

/** What the record names, and itself. */
function rootOf(record: string): readonly string[] {
  return [record, digestOfBytes(record)];
}

function wordsOf({project, records}: Runs): string {
  return `${plural(records.length, 'run')} of ${project}`;
}

function clockWrong({clock, newest}: ClockDoubt, store: string, now: number): Diagnostic {
  const [today, then] = [now, newest].map((time) => new Date(time).toISOString().slice(0, 10));
  const why =
    clock === 'ahead'
      ? `nothing was written to ${store} since ${then}`
      : `everything in ${store} was written in the future, up to ${then}`;
  return problem(
    'clock-doubt',
    `by this machine’s clock it is ${today}, and ${why}: what is old can’t be told`,
    'set the clock; or --force, when it is right',
  );
}

function tooEager(name: string): Diagnostic {
  return problem(
    'too-eager',
    `in ${name} only the grace period protects what others are pushing, and it is under a day`,
    'take a day or more; or --force, when you know that nobody pushes',
  );
}

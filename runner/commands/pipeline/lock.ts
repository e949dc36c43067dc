import {resolve} from 'node:path';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {hexOf} from '../../../schemas/digest.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import type {Plan, PlannedSource} from '../../../schemas/plan.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {rememberingFiles} from '../../load/file-reader.ts';
import {findPins} from '../../load/find-pins.ts';
import {repin} from '../../load/repin.ts';
import {positionOf} from '../../load/text-file.ts';
import {openPipeline} from '../../opening/pipeline/open-pipeline.ts';
import {type AskPerson, askAtTerminal} from '../../opening/world/ask-person.ts';
import {refuse, warn} from '../../opening/world/refuse.ts';
import {shownPath} from '../../opening/world/shown-path.ts';
import type {World} from '../../opening/world/world.ts';
import {line} from '../../report/lines.ts';
import {type LockableSource, lockableText} from '../../report/lock-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {plural} from '../../words/quantity-text.ts';
import {closest} from '../../words/suggest.ts';
import {fetchForLock} from './fetch-for-lock.ts';
import {rewriteFile} from './rewrite-file.ts';

export interface LockOptions {
  readonly file: string;
  readonly profile: string | undefined;
  /** Sources to pin anew although they are pinned. */
  readonly update: readonly string[];
  readonly yes: boolean;
  readonly stores: readonly string[];
}

/**
 * `repro lock`: fetches what is not pinned, shows what it would trust, and writes the pins into the pipeline,
 * changing nothing else in it. What it fetched stays in the store: the run after it fetches nothing.
 */
export async function lock(
  options: LockOptions,
  world: World,
  ask: AskPerson = askAtTerminal(world),
): Promise<ExitCode> {
  const opened = openPipeline({...options, overrides: []}, world);
  if (!opened.ok) return refuse(opened.error, world, false);
  warn(
    opened.value.warnings.filter(({code}) => code !== 'unpinned-source'),
    world,
  );
  const chosen = chooseSources(opened.value.plan, options.update);
  if (!chosen.ok) return refuse([chosen.error], world, false);
  if (chosen.value.length === 0) return nothingToDo(options, opened.value.plan, world);

  const files = rememberingFiles();
  const file = resolve(world.directory, options.file);
  const pins = findPins(file, options.profile, files);
  const placed = (name: string) => {
    const at = pins.sources.get(name);
    const place = at && positionOf(at);
    return place === undefined ? '' : `${shownPath(place.file, world)}:${place.line}`;
  };
  const {locked, failed, interrupted} = await fetchForLock(chosen.value, opened.value, world);
  if (interrupted) return ExitCode.interrupted;
  if (failed.length > 0) refuse(failed, world, false);
  const changed = show(
    locked.map((one) => ({...one, place: placed(one.name)})),
    world,
  );
  const sources = new Map(changed.map(({name, artifact}) => [name, hexOf(artifact.digest)]));
  if (sources.size === 0) return failed.length > 0 ? ExitCode.stageFailed : ExitCode.ok;
  if (!options.yes && !(await isAgreed(ask, sources.size, options, world))) return ExitCode.usage;
  const written = write(repin(file, pins, sources, files.texts), world);
  return written === ExitCode.ok && failed.length > 0 ? ExitCode.stageFailed : written;
}

function chooseSources(plan: Plan, update: readonly string[]): Result<readonly PlannedSource[], Diagnostic> {
  const unknown = update.find((name) => !plan.sources.has(name));
  if (unknown !== undefined) {
    const near = closest(unknown, [...plan.sources.keys()]);
    const help =
      near === undefined
        ? `the sources are: ${[...plan.sources.keys()].join(', ')}`
        : `did you mean \`${near}\`?`;
    return err(problem('unknown-source', `no source is called "${unknown}"`, help));
  }
  const all = [...plan.sources.values()];
  return ok(
    all.filter(({name, digest}) => (update.length > 0 ? update.includes(name) : digest === undefined)),
  );
}

function nothingToDo({file}: LockOptions, {sources}: Plan, {out}: World): ExitCode {
  const what = sources.size === 0 ? 'it has no sources' : `${plural(sources.size, 'source')}, all pinned`;
  out.write(line(`nothing to lock in ${file}: ${what}`));
  return ExitCode.ok;
}

/** @returns those whose pin would change */
function show(locked: readonly LockableSource[], world: World): readonly LockableSource[] {
  const style = chooseStyle(world.variables, world.out.isTerminal);
  for (const source of locked) {
    world.out.write(`${lockableText(source, style)}\n`);
    if (source.before === source.artifact.digest)
      world.out.write(`${line(`${source.name} is what its pin says`)}\n`);
  }
  return locked.filter(({before, artifact}) => before !== artifact.digest);
}

async function isAgreed(ask: AskPerson, count: number, {file}: LockOptions, world: World): Promise<boolean> {
  const these = count === 1 ? 'Pin it as it is?' : `Pin these ${count} as they are?`;
  const answer = await ask(these);
  if (answer === true) return true;
  const next =
    answer === undefined ? `: \`repro lock ${file} --yes\` pins ${count === 1 ? 'it' : 'them'}` : '';
  world.err.write(line(`nothing was written${next}`));
  return false;
}

function write(planned: ReturnType<typeof repin>, world: World): ExitCode {
  if (!planned.ok) {
    return refuse(
      [
        {
          severity: 'error',
          code: 'pin-not-editable',
          message: 'this pin is written in a way that can’t be edited in place',
          place: positionOf(planned.error),
          help: 'write it on one line, as `sha256: unpinned`, then lock again: nothing is fetched twice',
        },
      ],
      world,
      false,
    );
  }
  for (const change of planned.value) {
    const shown = shownPath(change.path, world);
    if (rewriteFile(change) === 'changed') {
      const message = `${shown} was changed while its sources were fetched`;
      const help = 'lock again: nothing is fetched twice';
      return refuse([problem('changed-file', message, help)], world, false);
    }
    world.out.write(line(`${shown}: ${plural(change.pins, 'pin')} written`));
  }
  return ExitCode.ok;
}

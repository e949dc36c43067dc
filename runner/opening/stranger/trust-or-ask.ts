import {existsSync} from 'node:fs';
import {dirname, join, sep} from 'node:path';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import {type Digest, isDigest} from '../../../schemas/digest.ts';
import type {Plan} from '../../../schemas/plan.ts';
import {err, type Result} from '../../../schemas/result.ts';
import {readLock, summaryOf} from '../../environments/lock-file.ts';
import {chooseStyle} from '../../report/style.ts';
import {type LockWords, trustQuestionText} from '../../report/trust-text.ts';
import {findSandbox, type SandboxChoice} from '../../sandbox/find-sandbox.ts';
import {configurationDirectory} from '../../stores/find-store.ts';
import {strangerDigest} from '../../stranger/project-content.ts';
import {isTrusted, trustContent, trustFolder} from '../../stranger/trusted-content.ts';
import {type OpenPipeline, openPipeline, stagesDirectory} from '../pipeline/open-pipeline.ts';
import type {RunCommandOptions} from '../pipeline/pipeline-options.ts';
import type {AskPerson} from '../world/ask-person.ts';
import type {World} from '../world/world.ts';
import type {LaidDownProject} from './lay-down.ts';

/**
 * The pipeline, where this user lets its content run: by having said so before, now, or with --trust and its digest.
 * Where nobody can be asked the answer is no; what a project says about itself counts for nothing.
 */
export async function trustOrAsk(
  laid: LaidDownProject,
  {trust, sandbox}: Pick<RunCommandOptions, 'trust' | 'sandbox'>,
  ask: AskPerson,
): Promise<Result<OpenPipeline, readonly Diagnostic[]>> {
  const {world, address: place} = laid;
  const content = strangerDigest(laid.content);
  const pipeline = openPipeline(laid.options, world);
  if (!pipeline.ok) return pipeline;
  const {plan} = pipeline.value;
  const outside = reachesOut(plan, rootsOf(laid));
  if (outside !== undefined) return err([notOfItself(outside)]);
  const refused = refusedLocks(plan);
  if (refused.length > 0) return err(refused);
  if (trust !== undefined) return trust === content ? pipeline : err([otherContent(trust, content)]);
  const folder = trustFolder(configurationDirectory(world.variables));
  if (isTrusted(folder, content)) return pipeline;
  world.err.write(await shown(laid, plan, sandbox));
  const said = isAutomatic(world) ? undefined : await ask('Trust exactly this, and run it?');
  if (said === undefined) return err([nobodyToAsk(content, world)]);
  if (!said) return err([declined()]);
  trustContent(folder, {content, name: plan.name, place, at: new Date(world.now()).toISOString()});
  return pipeline;
}

/** Where all is that the digest speaks for. */
function rootsOf({content, options, world}: LaidDownProject): readonly string[] {
  return [options.file.slice(0, -content.file.length), `${stagesDirectory(world)}${sep}`];
}

/**
 * A path that leads out of a project would run what nobody was asked about: another one that lies beside it, or a
 * folder of the user's own. Sources are another matter, for the pipeline names them by hash.
 */
function reachesOut(plan: Plan, roots: readonly string[]): string | undefined {
  const locks = pythonLocks(plan).map(([, lock]) => lock);
  const paths = [...plan.files, ...locks, ...plan.stages.map(({folder}) => folder)];
  return paths.find((path) => !roots.some((root) => path.startsWith(root)));
}

function notOfItself(path: string): Diagnostic {
  return problem(
    'bad-guest',
    `it reaches for ${path}, which is no part of it`,
    'such a pipeline can’t be trusted by its content; tell its author',
  );
}

async function shown(
  {content, signed, address, options, world}: LaidDownProject,
  plan: Plan,
  choice: SandboxChoice,
): Promise<string> {
  const sandbox = await findSandbox(choice, world.variables.PATH ?? '');
  const confined = sandbox.found && sandbox.sandbox.name === 'bubblewrap';
  const {project, stages} = content;
  const code = {
    files: project.files + (stages?.files ?? 0),
    bytes: project.size + (stages?.size ?? 0),
  };
  const words = {
    place: address,
    content: strangerDigest(content),
    plan,
    signed,
    code,
    sandbox: confined
      ? 'confined to scratch folders'
      : 'NOT confined: they could read and change all that you can',
    directory: dirname(options.file),
    locks: locksOf(plan, confined),
  };
  return `${trustQuestionText(words, chooseStyle(world.variables, world.err.isTerminal))}\n`;
}

/** What nobody need be asked about: no answer would have it built. */
function refusedLocks(plan: Plan): readonly Diagnostic[] {
  return pythonLocks(plan).flatMap(([, lock]) => {
    const read = readLock(lock, 'stranger');
    // The plan says so of one that isn't there.
    if (read.ok || read.error.code === 'no-lock') return [];
    return [{severity: 'error' as const, ...read.error}];
  });
}

function locksOf(plan: Plan, isConfined: boolean): ReadonlyMap<string, LockWords> {
  return new Map(
    pythonLocks(plan).flatMap(([name, lock]) => {
      const read = readLock(lock, 'stranger');
      const hasWarmer = existsSync(join(dirname(lock), 'warm.py'));
      return read.ok ? [[name, {...summaryOf(read.value.lock), hasWarmer, isConfined}] as const] : [];
    }),
  );
}

function pythonLocks({environments}: Plan): readonly (readonly [name: string, lock: string])[] {
  return [...environments].flatMap(([name, environment]) =>
    environment.type === 'python' ? [[name, environment.lock] as const] : [],
  );
}

/** Where `CI` is set a terminal may be a fake, and whoever could answer is not there. */
function isAutomatic({variables: {CI}}: World): boolean {
  return CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false';
}

function nobodyToAsk(content: Digest, {variables}: World): Diagnostic {
  const why =
    (variables.CI ?? '') === '' ? 'nobody is at a terminal to be asked' : 'CI is set, so nobody is asked';
  return problem(
    'not-trusted',
    `this is somebody else’s code, and ${why}`,
    `read it; to run exactly this: --trust ${content}`,
  );
}

function otherContent(trust: string, content: Digest): Diagnostic {
  const message = isDigest(trust)
    ? `--trust names other content: this is ${content}`
    : `--trust ${trust} is no digest: it begins with sha256:`;
  return problem('not-trusted', message, 'read what changed before you trust it');
}

function declined(): Diagnostic {
  return problem('not-trusted', 'you did not trust it: nothing was run');
}

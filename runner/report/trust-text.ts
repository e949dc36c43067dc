import type {Digest} from '../../schemas/digest.ts';
import type {CommandElement, Plan, PlannedStage} from '../../schemas/plan.ts';
import {bytesText, plural} from '../words/quantity-text.ts';
import {joinLines} from './lines.ts';
import {strangerText} from './stranger-text.ts';
import type {Style} from './style.ts';

/** What one is asked to trust. */
export interface StrangersProject {
  readonly place: string;
  readonly content: Digest;
  readonly plan: Plan;
  /** In words: by whom, and whether that was checked. */
  readonly signed: string;
  readonly sandbox: string;
  readonly code: {readonly files: number; readonly bytes: number};
  /** Where it lies, to be read first. */
  readonly directory: string;
  /** What its locks would install, by the environment's name. */
  readonly locks: ReadonlyMap<string, LockWords>;
}

/** What is said of a lock. */
export interface LockWords {
  readonly packages: number;
  /** Packages that run their own code when they are built. */
  readonly sources: readonly string[];
  /** What it says of where to fetch from. */
  readonly ignored: readonly string[];
  /** Whether a warm.py lies beside it, which older versions ran. */
  readonly hasWarmer: boolean;
  readonly isConfined: boolean;
}

const MOST_STAGES = 40;
const COMMAND_WIDTH = 90;

/** Everything that would happen on this machine, before anybody says yes. */
export function trustQuestionText(project: StrangersProject, style: Style): string {
  const {plan, content, place, directory, code} = project;
  return joinLines([
    `${style.bold(strangerText(plan.name))} · profile ${strangerText(plan.profile)} · ${plural(plan.stages.length, 'stage')} · from ${strangerText(place)}`,
    strangerText(project.signed),
    style.dim(`content ${content}`),
    '',
    `It would run these commands, ${project.sandbox}:`,
    '',
    ...stageLines(plan.stages, style),
    '',
    ...environmentLines(project),
    ...sourceLines(plan),
    `It brings ${plural(code.files, 'file')} of its own, ${bytesText(code.bytes)}; read them in`,
    `  ${directory}`,
    '',
  ]);
}

function stageLines(stages: readonly PlannedStage[], style: Style): readonly string[] {
  const shown = stages.slice(0, MOST_STAGES);
  const width = Math.min(32, Math.max(0, ...shown.map(({name}) => name.length)));
  const lines = shown.map((stage) => {
    const network = stage.network ? style.yellow('  with network') : '';
    const own = strangerText(stage.name).padEnd(width);
    return `  ${style.bold(own)}  ${strangerText(commandWords(stage.command))}${network}`;
  });
  const more = stages.length - shown.length;
  return more > 0 ? [...lines, `  and ${plural(more, 'more stage')}`] : lines;
}

function commandWords(command: readonly CommandElement[]): string {
  const words = command.map((element) =>
    element.map((part) => (part.type === 'text' ? part.text : `\${${part.param}}`)).join(''),
  );
  const line = words.map((word) => (/^[\w./:=,@%+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
  return line.length > COMMAND_WIDTH ? `${line.slice(0, COMMAND_WIDTH)}…` : line;
}

function environmentLines({plan, locks}: StrangersProject): readonly string[] {
  return [...plan.environments].flatMap(([name, environment]) => {
    const which = `(environment ${strangerText(name)})`;
    if (environment.type === 'host') return [`It uses the programs of this machine ${which}.`];
    const lock = locks.get(name);
    const packages = plural(lock?.packages ?? 0, 'package');
    return [
      `It installs ${packages}, pinned by hash, from where your pip finds packages ${which}.`,
      ...(lock === undefined ? [] : lockLines(lock)),
    ];
  });
}

function lockLines({sources, ignored, hasWarmer, isConfined}: LockWords): readonly string[] {
  const built = sources.length === 1 ? '1 of them is' : `${sources.length} of them are`;
  const how = isConfined
    ? 'confined and without network'
    : 'refused here, for there is no sandbox to build in';
  return [
    ...(sources.length === 0
      ? []
      : [
          `  ${built} built from source, which runs code of its own, ${how}: ${sources.map(strangerText).join(', ')}`,
        ]),
    ...(ignored.length === 0
      ? []
      : [`  Its lock says where to fetch from, which is not done: ${ignored.map(strangerText).join(', ')}`]),
    ...(hasWarmer ? ['  A warm.py lies beside its lock: it is not run.'] : []),
  ];
}

function sourceLines({sources}: Plan): readonly string[] {
  return [...sources.values()].map(({name, location}) => {
    if (location.from === 'file') return strangerText(`It reads ${name} (a file), pinned by hash.`);
    const where = 'url' in location ? location.url : location.repository;
    return strangerText(`It fetches ${name} from ${location.from} ${where}, pinned by hash.`);
  });
}

export interface TrustLine {
  readonly content: Digest;
  readonly name: string;
  readonly place: string;
  readonly at: string;
}

export function trustListText(trusted: readonly TrustLine[], style: Style): string {
  if (trusted.length === 0) return 'nothing of anybody else is trusted\n';
  const lines = trusted.map(
    ({content, name, place, at}) =>
      `${content}  ${at.slice(0, 10)}  ${style.bold(strangerText(name))}  ${style.dim(strangerText(place))}`,
  );
  return joinLines([...lines, '']);
}

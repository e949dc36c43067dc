import type {Probed, ProbeReport} from '../../artifacts/s3/probe.ts';
import type {ProbeName} from '../../artifacts/s3/probe-attempt.ts';
import {joinLines} from './lines.ts';
import type {Style} from './style.ts';

/** A table of what a server does, what that means for repro, and whether it will do. */
export function storeCheckText(report: ProbeReport, style: Style): string {
  const rows = report.probes.map(
    (probed) => [probed.probe, mark(probed), probed.seen, meaningOf(probed)] as const,
  );
  const width = (column: 0 | 1 | 2, most: number) =>
    Math.min(most, Math.max(...rows.map((row) => row[column].length)));
  const [names, marks, seen] = [width(0, 20), width(1, 7), width(2, 36)];
  const lines = rows.map(([name, found, saw, meaning], at) => {
    const painted = paint(report.probes[at], found.padEnd(marks), style);
    return `  ${name.padEnd(names)}  ${painted}  ${saw.padEnd(seen)}  ${style.dim(meaning)}`;
  });
  return joinLines([
    `${style.bold(report.bucket)} at ${report.host}`,
    '',
    ...lines,
    '',
    ...verdict(report, style),
    '',
  ]);
}

function mark({does}: Probed): string {
  if (does === undefined) return 'unknown';
  return does ? 'yes' : 'no';
}

function paint(probed: Probed | undefined, text: string, style: Style): string {
  if (probed === undefined || INFORMATIVE.has(probed.probe)) return text;
  return probed.does === true ? style.green(text) : style.red(text);
}

/** Neither good nor bad. */
const INFORMATIVE: ReadonlySet<ProbeName> = new Set([
  'anonymous reading',
  'conditional parts',
  'chunk framing',
]);

function verdict({verdict: {usable}, verdict, left, probes}: ProbeReport, style: Style): readonly string[] {
  const because = 'because' in verdict ? verdict.because.join(', ') : '';
  const said = {
    yes: style.green('usable: any number of people may write to it at the same time'),
    'one writer': style.yellow(
      `usable for one writer only (${because}): two who write at the same time may overwrite each other’s receipts, unnoticed`,
    ),
    no: style.red(`not usable (${because})`),
  }[usable];
  const more = [
    ...(seesDamage(probes) ? [] : ['damage on the way up would be found only when it is read']),
    ...(left.length === 0 ? [] : [`left behind, please remove: ${left.join(' ')}`]),
  ];
  return [said, ...more];
}

function seesDamage(probes: readonly Probed[]): boolean {
  return probes.some(
    ({probe, does}) => (probe === 'wrong MD5' || probe === 'wrong SHA-256') && does === true,
  );
}

function meaningOf({probe, does}: Probed): string {
  if (does === undefined) return 'could not be found out';
  return MEANINGS[probe][does ? 0 : 1];
}

const MEANINGS: Readonly<Record<ProbeName, readonly [yes: string, no: string]>> = {
  'write and read': [
    'bytes come back as they were written',
    'other bytes come back: nothing can be kept here',
  ],
  'missing keys': ['what is not there is said not to be', 'what is not there looks like trouble'],
  ranges: ['downloads that break off are resumed', 'downloads can’t be resumed, nor files read out of packs'],
  'conditional put': [
    'a second result is noticed, not overwritten',
    'repro looks first and reads back afterwards',
  ],
  race: [
    'of many writers exactly one is told that it was first',
    'writers at the same time are not told of each other',
  ],
  'wrong MD5': ['damage on the way up is refused', 'not checked by this; see wrong SHA-256'],
  'wrong SHA-256': ['damage on the way up is refused', 'only the MD5, which is sent as well, can tell'],
  'list after put': ['gc and verify see what was just written', 'gc may remove less than it could'],
  paging: ['long listings go on where they were', 'listings begin at the beginning again'],
  parts: ['files of any size', 'files over 16 MiB can’t be stored'],
  'giving up parts': ['uploads that fail leave nothing', 'uploads that fail leave parts that cost money'],
  'conditional parts': ['not relied upon', 'not relied upon: large objects are named by their digest'],
  'chunk framing': ['not used by repro', 'not used by repro; newer AWS tools would store wrong bytes here'],
  'anonymous reading': [
    'anybody may read what is published here',
    'readers need credentials, or a bucket policy',
  ],
  clock: ['signatures are accepted', 'repro goes by the server’s clock'],
  removal: ['gc works', 'gc can’t remove anything'],
};

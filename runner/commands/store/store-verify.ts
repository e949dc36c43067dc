import {healerFrom, healRemote} from '../../../artifacts/upkeep/heal.ts';
import {exitSum, type Finding, verifyStore} from '../../../artifacts/upkeep/verify.ts';
import {verifyBucket} from '../../../artifacts/upkeep/verify-bucket.ts';
import {type Diagnostic, problem} from '../../../schemas/diagnostic.ts';
import type {ExitCode} from '../../../schemas/exit-code.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import {type AnyStore, closeStore, openAnyStore} from '../../opening/stores/open-any-store.ts';
import {refuse} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {exitSumText, findingText} from '../../report/finding-text.ts';
import {line} from '../../report/lines.ts';
import {chooseStyle} from '../../report/style.ts';
import {plural} from '../../words/quantity-text.ts';

export interface VerifyOptions {
  /** A folder, or a shared store. */
  readonly store: string | undefined;
  readonly repair: boolean;
  /** Where right bytes may be had for what is damaged. */
  readonly from: string | undefined;
  readonly json: boolean;
}

/**
 * `repro store verify`: trusts no stat and no name, and says of everything that is wrong what it is. Ends with the sum
 * of 1 for corrupt, 2 for missing and 4 for anything else.
 */
export async function verify(options: VerifyOptions, world: World): Promise<ExitCode> {
  const {json, store, from, repair} = options;
  const opened = await openAnyStore(store, world, repair ? 'write' : 'read');
  if (!opened.ok) return refuse([opened.error], world, json);
  try {
    const other = await openOther(opened.value, {from, repair}, world);
    if (!other.ok) return refuse([other.error], world, json);
    try {
      return await report(opened.value, findingsOf(opened.value, other.value, repair), options, world);
    } finally {
      if (other.value !== undefined) await closeStore(other.value);
    }
  } finally {
    await closeStore(opened.value);
  }
}

/** The tier that mends: what --from names; for a shared store the user's own. */
async function openOther(
  opened: AnyStore,
  {from, repair}: {readonly from: string | undefined; readonly repair: boolean},
  world: World,
): Promise<Result<AnyStore | undefined, Diagnostic>> {
  if (!repair || (from === undefined && opened.kind === 'disk')) return ok(undefined);
  const other = await openAnyStore(from, world);
  if (!other.ok || other.value.kind !== opened.kind) return other;
  await closeStore(other.value);
  const needed = opened.kind === 'disk' ? 'a shared store' : 'a folder that stages run in';
  return err(problem('same-kind', `--from ${from}: to mend ${opened.name} takes ${needed}`));
}

function findingsOf(opened: AnyStore, other: AnyStore | undefined, repair: boolean): AsyncIterable<Finding> {
  if (opened.kind === 'disk') {
    const healer = other?.kind === 'bucket' ? {healer: healerFrom(other.remote, opened.store)} : {};
    return verifyStore(opened.store, {repair, ...healer});
  }
  const {remote} = opened;
  if (other?.kind !== 'disk') return verifyBucket(remote);
  return verifyBucket(remote, {heal: (damaged) => healRemote(remote, other.store, damaged)});
}

async function report(
  {name, kind}: AnyStore,
  findings: AsyncIterable<Finding>,
  {json, repair}: VerifyOptions,
  world: World,
): Promise<ExitCode> {
  const style = chooseStyle(world.variables, world.out.isTerminal);
  const found: Finding[] = [];
  for await (const finding of findings) {
    found.push(finding);
    world.out.write(
      json ? `${JSON.stringify(finding)}\n` : line(`${style.red(finding.kind)}: ${findingText(finding)}`),
    );
  }
  const sum = exitSum(found);
  if (!json)
    world.out.write(line(`${name}: ${found.length === 0 ? SOUND : summary(found, sum, kind, repair)}`));
  // The sum is documented as this command's own: 0 to 7.
  return sum as ExitCode;
}

const SOUND = 'everything is as it should be';

function summary(findings: readonly Finding[], sum: number, kind: AnyStore['kind'], repair: boolean): string {
  const mended = findings.filter((finding) => 'healed' in finding).length;
  const what = `${plural(findings.length, 'finding')}${mended > 0 ? `, ${mended} mended` : ''} (${exitSumText(sum)})`;
  if (mended === findings.length) return what;
  if (kind === 'bucket') return repair ? what : `${what}; --repair sends again what the local store has`;
  return repair
    ? `${what}; corrupt objects and receipts were set aside, the next run makes them anew; strays were left alone`
    : `${what}; --repair sets it aside, and with --from STORE fetches it again`;
}

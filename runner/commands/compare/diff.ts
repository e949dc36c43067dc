import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {ownedName} from '../../../artifacts/owner.ts';
import type {Comparison} from '../../../schemas/comparison.ts';
import {problem} from '../../../schemas/diagnostic.ts';
import {ExitCode} from '../../../schemas/exit-code.ts';
import {err, ok, type Result} from '../../../schemas/result.ts';
import type {ReceiptComparison, RunComparison} from '../../../schemas/run-comparison.ts';
import {ArtifactReader} from '../../compare/artifact-reader.ts';
import {compareFiles} from '../../compare/compare-files.ts';
import {explainReceipts, isSameReceipts} from '../../compare/runs/compare-receipts.ts';
import {compareRuns, isSameBits} from '../../compare/runs/compare-runs.ts';
import {compareFileWithTree, compareTrees} from '../../compare/trees/compare-trees.ts';
import {findNamed, type NamedThing} from '../../opening/recorded/name-given.ts';
import {storeContext} from '../../opening/stores/store-context.ts';
import {directories, projectRoot} from '../../opening/world/directories.ts';
import {refuse, warn} from '../../opening/world/refuse.ts';
import type {World} from '../../opening/world/world.ts';
import {diffText} from '../../report/diff-text.ts';
import {chooseStyle} from '../../report/style.ts';
import {chooseStores, type StoreChoice} from '../../stores/choose-stores.ts';
import {openStores} from '../../stores/open-stores.ts';

export interface DiffOptions {
  readonly a: string;
  readonly b: string;
  readonly stores: readonly string[];
  readonly json: boolean;
}

type Found = Comparison | ReceiptComparison | RunComparison;

/** `repro diff A B`: what differs, and where. The exit code speaks of bits: 0 the same, 3 not. */
export async function diff(options: DiffOptions, world: World): Promise<ExitCode> {
  const usual = directories('.', world.variables, world.directory).store;
  const choice = chooseStores({words: options.stores, usual}, world);
  if (!choice.ok) return refuse([choice.error], world, options.json);
  warn(choice.value.warnings, world);
  let opened: OpenStore | undefined;
  using reader = new ArtifactReader(async () => {
    opened = await openStores(choice.value satisfies StoreChoice, storeContext(world));
    const folder = join(opened.layout.temporary, ownedName(world.owner, randomBytes(12).toString('hex')));
    return {store: opened.artifacts, folder};
  });
  try {
    const project = join(projectRoot(world.directory), '.repro');
    const where = {directory: world.directory, project};
    const a = await findNamed(options.a, where, reader);
    const b = await findNamed(options.b, where, reader);
    if (!a.ok || !b.ok) return refuseAll([a, b], world, options.json);
    const found = await compare(a.value, b.value, reader);
    if (!found.ok) return refuseAll([found], world, options.json);
    return tell(found.value, [a.value.label, b.value.label], options.json, world);
  } finally {
    await opened?.close();
  }
}

async function compare(a: NamedThing, b: NamedThing, reader: ArtifactReader): Promise<Result<Found, string>> {
  if (a.type === 'run' && b.type === 'run') return ok(await compareRuns(a.record, b.record, reader));
  if (a.type === 'stage' && b.type === 'stage')
    return ok(await explainReceipts(a.receipt, b.receipt, reader));
  if (a.type === 'file' && b.type === 'file') return ok(await compareFiles(a.file, b.file));
  if (a.type === 'folder' && b.type === 'folder') return ok(await compareTrees(a.tree, b.tree));
  if (a.type === 'file' && b.type === 'folder') return ok(await compareFileWithTree(a.file, b.tree, false));
  if (a.type === 'folder' && b.type === 'file') return ok(await compareFileWithTree(b.file, a.tree, true));
  return err(`a ${a.type} and a ${b.type} can’t be compared`);
}

function tell(found: Found, labels: readonly [string, string], json: boolean, world: World): ExitCode {
  const isSame = isEqual(found);
  const style = chooseStyle(world.variables, world.out.isTerminal);
  world.out.write(
    json
      ? `${JSON.stringify({diff: 1, a: labels[0], b: labels[1], same: isSame, found}, null, 2)}\n`
      : diffText(found, labels, style),
  );
  return isSame ? ExitCode.ok : ExitCode.differentBits;
}

function isEqual(found: Found): boolean {
  if (found.kind === 'runs') return isSameBits(found);
  return found.kind === 'receipts' ? isSameReceipts(found) : found.kind === 'same';
}

function refuseAll(results: readonly Result<unknown, string>[], world: World, json: boolean): ExitCode {
  const wrong = results.flatMap((result) => (result.ok ? [] : [result.error]));
  return refuse(
    wrong.map((message) => problem('unknown-thing', message, HELP)),
    world,
    json,
  );
}

const HELP =
  'give two runs (folders of .repro/runs, or starts of digests), RUN:stage, RUN:stage.output, digests, files or folders';

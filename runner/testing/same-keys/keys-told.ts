import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {aReceipt} from '../../../artifacts/testing/a-receipt.ts';
import {digestTree} from '../../../artifacts/trees/digest-tree.ts';
import type {Artifact} from '../../../schemas/artifact.ts';
import type {Json} from '../../../schemas/canonical-json.ts';
import type {Digest} from '../../../schemas/digest.ts';
import type {Plan, PlannedStage} from '../../../schemas/plan.ts';
import type {Receipt} from '../../../schemas/receipt.ts';
import {type Identified, identify, type Known} from '../../identity/key-document.ts';
import {isCode} from '../../identity/stage-code.ts';
import {loadPlan} from '../../plan/load-plan.ts';
import {ROOT} from '../source-files.ts';

const STAGES = join(ROOT, 'stages');

/**
 * What each stage of a pipeline would be keyed by, had every stage before it given outputs and values that stand for
 * themselves. What a machine or an edit of a stage decides stands for itself as well: its code, its environment.
 */
export function keysTold(file: string, profile: string | undefined): ReadonlyMap<string, Identified> {
  const plan = planOf(file, profile);
  const known = standIns(plan);
  return new Map(plan.stages.map((stage) => [stage.name, identify(stage, known)]));
}

/** Real digests that stand in real keys: of the code of each kind that comes with repro, of the SDK, of the locks. */
export function digestsTold(): Readonly<Record<string, Digest>> {
  const folders = readdirSync(STAGES, {withFileTypes: true}).filter((each) => each.isDirectory());
  const kinds = folders.map(({name}) => name).filter((name) => name === '_sdk' || /^[a-z]/.test(name));
  const locks = readdirSync(join(STAGES, '_environments')).filter((name) =>
    /^(?!test\.).*\.lock\.txt$/.test(name),
  );
  return Object.fromEntries([
    ...kinds.sort().map((kind) => [kind, codeOf(join(STAGES, kind))]),
    ...locks.sort().map((lock) => [lock, digestOfBytes(readFileSync(join(STAGES, '_environments', lock)))]),
  ]);
}

function planOf(file: string, profile: string | undefined): Plan {
  const loaded = loadPlan({file: join(ROOT, file), profile, overrides: [], stagesDirectory: STAGES});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.plan;
}

function standIns({stages}: Plan): Known {
  const receipts = new Map<string, Receipt>(stages.map((stage) => [stage.name, receiptOf(stage)]));
  return {
    receipt(name) {
      const receipt = receipts.get(name);
      if (receipt === undefined) throw new Error(`no stage ${name}`);
      return receipt;
    },
    source: (name) => blob(`source ${name}`),
    environment: (name) => ({type: 'python', lock: digestOfBytes(`lock of ${name}`), python: '3.11.7'}),
    code: (folder) => digestOfBytes(`code of ${folder.slice(ROOT.length)}`),
    sdk: digestOfBytes('SDK'),
  };
}

const VALUES = {number: 0.75, integer: 3, string: 'a word', boolean: true} as const satisfies Record<
  string,
  Json
>;

function receiptOf({name, outputs, values}: PlannedStage): Receipt {
  const given = [...outputs].map(([output]) => [output, blob(`${name}.${output}`)] as const);
  const computed = [...values].map(([value, type]) => [value, VALUES[type]] as const);
  return aReceipt(Object.fromEntries(given), {values: Object.fromEntries(computed)});
}

function blob(text: string): Artifact {
  return {type: 'blob', digest: digestOfBytes(text), size: text.length};
}

function codeOf(folder: string): Digest {
  const tree = digestTree(folder, {include: isCode});
  if (!tree.ok) throw new Error(JSON.stringify(tree.error));
  return tree.value.artifact.digest;
}

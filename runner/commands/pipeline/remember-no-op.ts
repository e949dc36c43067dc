import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {OpenStore} from '../../../artifacts/disk/local-store.ts';
import {errnoOf} from '../../../artifacts/disk-trouble.ts';
import type {TreeDigest} from '../../../artifacts/trees/digest-tree.ts';
import {dependedFiles, dependedObjects, dependedReceipts} from '../../no-op-memo/depended-files.ts';
import {writeMemo} from '../../no-op-memo/no-op-memo.ts';
import type {OpenPipeline} from '../../opening/pipeline/open-pipeline.ts';
import {stagesDirectory} from '../../opening/pipeline/open-pipeline.ts';
import type {RunCommandOptions} from '../../opening/pipeline/pipeline-options.ts';
import type {World} from '../../opening/world/world.ts';
import type {GatheredFacts} from '../../run/gather-facts.ts';
import type {RunResult} from '../../run/run-plan.ts';
import {receiptsOfOutcomes} from '../../run/stage-outcome.ts';
import {durationText, plural} from '../../words/quantity-text.ts';

export interface NoOpParts {
  readonly options: RunCommandOptions;
  readonly opened: OpenPipeline;
  readonly facts: GatheredFacts;
  readonly store: OpenStore;
  readonly result: RunResult;
  readonly startedAt: number;
}

/** A file's time may lag behind ours by a tick of its file system's clock. */
const TICK_MS = 20;

/** When everything is done and nothing outside files decided it, the same question needs no second look. */
export function rememberNoOp(parts: NoOpParts, world: World): void {
  const {opened, facts, store, result, startedAt} = parts;
  // What somebody else's address leads to, and whether it is still trusted, is asked every time.
  if (world.stranger !== undefined || !mayBeRemembered(parts)) return;
  const made = receiptsOfOutcomes(result.outcomes);
  const receipts = [...made.values()];
  // Of a part of the pipeline (--until, --only) only that part was looked at.
  const settled = opened.plan.stages.filter(({name}) => made.has(name));
  const code = new Map<string, TreeDigest>(settled.map(({folder}) => [folder, facts.codeTree(folder)]));
  code.set(join(stagesDirectory(world), '_sdk'), facts.sdkTree);
  const seconds = receipts.reduce((sum, {execution}) => sum + execution.seconds, 0);
  const text = `${plural(receipts.length, 'stage')} cached, nothing to do; saved ${durationText(seconds)}\n`;
  const files = {
    sources: dependedFiles(opened.plan, world.installed, code),
    made: dependedObjects(store.layout, receipts),
    named: dependedReceipts(store.layout, receipts),
  };
  // What is only in the shared store can't be looked at here.
  if (!files.made.every((file) => existsSync(file))) return;
  // A clock that was set back meanwhile would let a source that was edited since look older than it is.
  if (world.now() < startedAt) return;
  try {
    writeMemo(world.question, text, files, startedAt - TICK_MS);
  } catch (error) {
    // A cache that can't be written to: asking again costs more.
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * A GPU's driver, a host's packages and results that may not be reused are not in any file that we look at.
 * A warning (a source that is not there) is to be seen every time.
 */
function mayBeRemembered({options, opened: {plan, warnings}}: NoOpParts): boolean {
  if (!options.cache || options.json || warnings.length > 0) return false;
  return plan.stages.every(
    ({resources, environment, reuse}) =>
      resources.gpus === 0 && reuse !== 'none' && plan.environments.get(environment)?.type === 'python',
  );
}

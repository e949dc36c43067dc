import {readdirSync} from 'node:fs';
import type {Digest} from '../../schemas/digest.ts';
import type {OpenStore} from '../disk/local-store.ts';
import {openStore} from '../open/open-store.ts';
import {recover} from '../upkeep/recover.ts';
import {type Finding, verifyStore} from '../upkeep/verify.ts';
import type {Outcome} from './run-fault-writer.ts';

export interface Judgement {
  readonly objects: number;
  /** Anything wrong that `verify` finds: a corrupt object, a receipt whose bytes are missing. */
  readonly findings: readonly Finding[];
  /** Promised and not there. */
  readonly lost: readonly Digest[];
  readonly leftovers: number;
  readonly leftoversAfterRecovery: number;
}

/** What a store looks like to the next process, after its writers died. */
export async function judgeStore(directory: string, outcomes: readonly Outcome[]): Promise<Judgement> {
  const store = await openStore({directory, owner: 'judge.1.1'});
  const findings: Finding[] = [];
  for await (const finding of verifyStore(store)) findings.push(finding);
  const leftovers = readdirSync(store.layout.temporary).length;
  recover(store.layout, {isAlive: () => false});
  return {
    objects: countObjects(store),
    findings,
    lost: await lostOf(store, outcomes),
    leftovers,
    leftoversAfterRecovery: readdirSync(store.layout.temporary).length,
  };
}

async function lostOf(store: OpenStore, outcomes: readonly Outcome[]): Promise<readonly Digest[]> {
  const lost = [...(await store.artifacts.missing(outcomes.flatMap((outcome) => outcome.acked)))];
  for (const key of outcomes.flatMap((outcome) => outcome.receipts)) {
    const {receipts} = await store.receipts.lookup(key);
    if (receipts.length === 0) lost.push(key);
  }
  return lost;
}

function countObjects({layout}: OpenStore): number {
  const shards = readdirSync(layout.objects);
  return shards.reduce((sum, shard) => sum + readdirSync(`${layout.objects}/${shard}`).length, 0);
}

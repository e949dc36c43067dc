import type {ArtifactStore} from '../../artifacts/store.ts';
import type {Digest} from '../../schemas/digest.ts';

/** Each step's chain, of a whole trace or of a part of one. Nothing is verified here: equal chains are equal lines. */
export async function chainsOf(store: ArtifactStore, trace: Digest): Promise<ReadonlyMap<number, string>> {
  const chains = new Map<number, string>();
  let rest = '';
  for await (const bytes of store.stream(trace)) {
    const lines = (rest + Buffer.from(bytes).toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, step] = STEP.exec(line) ?? [];
      const [, chain] = CHAIN.exec(line) ?? [];
      if (step !== undefined && chain !== undefined) chains.set(Number(step), chain);
    }
  }
  return chains;
}

/** Lines are canonical JSON: keys sorted, no blanks; `chain` comes first and `step` last. */
const CHAIN = /^\{"chain":"([0-9a-f]{64})"/;
const STEP = /"step":(\d+)\}$/;

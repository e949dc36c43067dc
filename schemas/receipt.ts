import type {Artifact} from './artifact.ts';
import type {Json} from './canonical-json.ts';
import type {Digest} from './digest.ts';
import type {HardwareClass} from './hardware.ts';

/**
 * Everything that decides a stage's output, and nothing else.
 * Its canonical JSON is hashed to the stage key. Any change of this shape bumps `key`.
 */
export interface KeyDocument {
  readonly key: 1;
  readonly kind: string;
  /** argv as it will run, values filled in. */
  readonly command: readonly string[];
  /** Tree digest of the stage folder's code, and of the SDK it imports. */
  readonly code: Digest;
  readonly sdk: Digest;
  readonly params: Readonly<Record<string, Json>>;
  /** Null when the kind takes no seed. */
  readonly seed: number | null;
  /** By name; `many` inputs by name and label. */
  readonly inputs: Readonly<Record<string, Digest | Readonly<Record<string, Digest>>>>;
  readonly outputs: Readonly<Record<string, {readonly type: 'blob' | 'tree'; readonly kind: string}>>;
  readonly values: Readonly<Record<string, string>>;
  readonly environment: EnvironmentIdentity;
  /** Declared variables of the pipeline. */
  readonly variables: Readonly<Record<string, string>>;
  /** The determinism contract's variables, which the runner sets (thread count included). */
  readonly contract: Readonly<Record<string, string>>;
  readonly network: boolean;
}

export type EnvironmentIdentity =
  | {readonly type: 'python'; readonly lock: Digest; readonly python: string}
  /** Whatever the machine has: fingerprinted, and marked, since nobody else can rebuild it. */
  | {readonly type: 'host'; readonly fingerprint: Digest};

/** What one finished stage claims. Stored under its key and hardware class. */
export type Receipt = Receipt1 | Receipt2 | Receipt3;

export interface Receipt3 extends Claim {
  readonly receipt: 3;
  readonly execution: Execution3;
}

/** Written before 0.3: it doesn't say what held the stage to its memory. */
export interface Receipt2 extends Claim {
  readonly receipt: 2;
  readonly execution: Execution2;
}

/** Written before 0.2: without traces, and with no more than the number of interruptions. */
export interface Receipt1 extends Claim {
  readonly receipt: 1;
  readonly execution: Execution;
}

interface Claim {
  readonly key: Digest;
  readonly document: KeyDocument;
  readonly outputs: Readonly<Record<string, Artifact>>;
  readonly values: Readonly<Record<string, Json>>;
  readonly hardware: HardwareClass;
}

/** How it came about. Nothing here decides the output; nothing here is in a key. */
export interface Execution {
  /** `bubblewrap`, or `none`: then the stage could have read what it didn't declare. */
  readonly sandbox: 'bubblewrap' | 'none';
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly attempts: number;
  /** How often it was interrupted and went on from its checkpoint. */
  readonly resumed: number;
  /** What of the determinism contract took effect, as the SDK read it back. */
  readonly effective: Json;
  /** The stage's metrics over steps, and its log; blobs in the store. */
  readonly metrics: Digest | null;
  readonly log: Digest | null;
  readonly reproVersion: string;
}

export interface Execution2 extends Execution {
  /** The hash chain over training steps (trace.jsonl); null for a stage that writes none. */
  readonly trace: Digest | null;
  /** Each time that it was stopped and later went on from its checkpoint; as many as `resumed` says. */
  readonly interruptions: readonly Interruption[];
}

export interface Execution3 extends Execution2 {
  /** What held it to the memory that the pipeline declares: the kernel, or a look now and then. */
  readonly memory: MemoryHeld;
}

export type MemoryHeld = 'undeclared' | 'limited' | 'watched';

export interface Interruption {
  /** RFC 3339, UTC: when its process ended, as far as is known. */
  readonly at: string;
  /** It asked to be resumed by itself; it was told to stop; or it was killed, or failed, and went on from an earlier checkpoint. */
  readonly how: 'asked' | 'told' | 'killed';
}

export function traceOf(receipt: Receipt): Digest | null {
  return receipt.receipt === 1 ? null : receipt.execution.trace;
}

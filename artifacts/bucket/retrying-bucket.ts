import {type BackOff, backOffMs} from './back-off.ts';
import type {
  Bucket,
  ByteRange,
  Capabilities,
  FileToPut,
  Listed,
  PutOptions,
  ReadableBucket,
  Reading,
} from './bucket.ts';
import {BucketError} from './bucket-error.ts';
import {RetryBudget} from './retry-budget.ts';
import type {Surroundings} from './surroundings.ts';

/**
 * Tries calls again that may succeed a moment later: at most eight times and two minutes each, waiting for a
 * random part of a time that doubles, or as long as the server asks; twice where the server keeps us waiting. Only the
 * opening of a reading is tried again; one that breaks off is the reader's to resume, who knows how far the bytes
 * were checked. A bucket that has kept us waiting again and again is left alone for a while (retry-budget.ts).
 *
 * `put` with `ifAbsent` after an answer that was lost finds its own bytes and says `present`. It can't be told
 * here from another writer's: whoever gets `present` compares what is there with what was to be written.
 */
export class RetryingReadableBucket implements ReadableBucket {
  readonly name: string;
  protected readonly retrying: Retrying;
  readonly #inner: ReadableBucket;
  readonly #budget: RetryBudget;
  readonly #now: () => number;

  constructor(inner: ReadableBucket, surroundings: Surroundings) {
    this.name = inner.name;
    this.#inner = inner;
    this.#now = surroundings.now;
    this.#budget = budgetIn(surroundings);
    this.retrying = retrying(surroundings, this.#budget);
  }

  size(key: string): Promise<number | undefined> {
    return this.retrying(() => this.#inner.size(key));
  }

  async get(key: string, range?: ByteRange): Promise<Reading | undefined> {
    const reading = await this.retrying(() => this.#inner.get(key, range));
    return reading && {...reading, chunks: noting(reading.chunks, this.#budget, this.#now)};
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** One to write to as well, with one budget for both. */
export class RetryingBucket extends RetryingReadableBucket implements Bucket {
  readonly #inner: Bucket;

  constructor(inner: Bucket, surroundings: Surroundings) {
    super(inner, surroundings);
    this.#inner = inner;
  }

  put(key: string, bytes: Uint8Array, options: PutOptions): Promise<'written' | 'present'> {
    return this.retrying(() => this.#inner.put(key, bytes, options));
  }

  putFile(key: string, file: FileToPut): Promise<void> {
    return this.retrying(() => this.#inner.putFile(key, file));
  }

  /** Goes on after the last key that came. */
  async *list(prefix: string, after?: string): AsyncGenerator<Listed> {
    let from = after;
    let pages = this.#inner.list(prefix, from)[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.retrying(
        () => pages.next(),
        () => {
          pages = this.#inner.list(prefix, from)[Symbol.asyncIterator]();
        },
      );
      if (next.done === true) return;
      from = next.value.key;
      yield next.value;
    }
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.retrying(() => this.#inner.remove(keys));
  }

  capabilities(): Promise<Capabilities> {
    return this.retrying(async () => (await this.#inner.capabilities?.()) ?? EVERYTHING);
  }

  abandonUploads(before: number): Promise<number> {
    return this.retrying(async () => (await this.#inner.abandonUploads?.(before)) ?? 0);
  }
}

/** What goes wrong after the opening is for the reader to mend; here it is only remembered. */
async function* noting(
  chunks: AsyncIterable<Uint8Array>,
  budget: RetryBudget,
  now: () => number,
): AsyncGenerator<Uint8Array> {
  let began = now();
  try {
    for await (const chunk of chunks) {
      yield chunk;
      began = now();
    }
  } catch (error) {
    budget.failed(error, began, now());
    throw error;
  }
}

const EVERYTHING: Capabilities = {conditionalPut: true, checksPayload: true};

/** Runs a call until it succeeds, or need not be tried again. `before`: what to do before each further try. */
export type Retrying = <T>(call: () => Promise<T>, before?: () => void) => Promise<T>;

export function retrying(surroundings: Surroundings, budget = budgetIn(surroundings)): Retrying {
  return async (call, before) => {
    const started = surroundings.now();
    for (let tries = 1; ; tries++) {
      budget.check(surroundings.now());
      const began = surroundings.now();
      try {
        const answer = await call();
        budget.succeeded();
        return answer;
      } catch (error) {
        budget.failed(error, began, surroundings.now());
        const wait = waitAfter(error, tries, surroundings);
        if (wait === undefined || surroundings.now() + wait - started > MOST_MS || !budget.take())
          throw tries > 1 ? afterTries(error, tries) : error;
        await surroundings.sleep(wait);
        before?.();
      }
    }
  };
}

function budgetIn({restMs}: Surroundings): RetryBudget {
  return new RetryBudget(restMs === undefined ? {} : {restMs});
}

const MOST_TRIES = 8;
const MOST_COSTLY_TRIES = 2;
const MOST_MS = 120_000;
/** Whatever a server asks for, MOST_MS bounds. */
const BACK_OFF: BackOff = {firstMs: 200, longestMs: 20_000, surely: 0};

/** Undefined when it is not to be tried again. */
function waitAfter(error: unknown, tries: number, chance: Surroundings): number | undefined {
  if (!(error instanceof BucketError) || !error.retryable) return undefined;
  if (tries >= (error.costly ? MOST_COSTLY_TRIES : MOST_TRIES)) return undefined;
  return backOffMs(BACK_OFF, tries, chance, error.retryAfterMs);
}

function afterTries(error: unknown, tries: number): unknown {
  if (!(error instanceof BucketError)) return error;
  // Not again by a layer above, which would make sixty-four tries of eight.
  return new BucketError(error.code, `${error.message} (tried ${tries} times)`, {
    cause: error,
    retryable: false,
    costly: error.costly,
  });
}

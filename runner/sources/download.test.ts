import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import fc from '../../artifacts/testing/properties.ts';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {download} from './download.ts';
import {FetchError} from './fetch-error.ts';
import type {Origin} from './origin.ts';
import {PartialFiles} from './partial-files.ts';

const BYTES = Buffer.from(Array.from({length: 5000}, (_, at) => (at * 31) % 251));
const OTHER = Buffer.from(BYTES).fill(7, 1000, 1100);

type Fault =
  | {readonly kind: 'cut'; readonly after: number}
  | {readonly kind: 'busy'}
  /** Bytes of another version, from where they were asked for, without saying so; then cut. */
  | {readonly kind: 'mixed'; readonly after: number}
  /** Sends everything though a part was asked for. */
  | {readonly kind: 'no ranges'; readonly after: number}
  /** The process is killed, or gives up: another one goes on. */
  | {readonly kind: 'new process'; readonly after: number};

const after = fc.integer({min: 0, max: 5000});
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('cut' as const, 'mixed' as const, 'no ranges' as const, 'new process' as const),
    after,
  }),
  fc.constant({kind: 'busy' as const}),
);

class Stopped extends Error {}

/** An origin that has these faults, one a try, and then none. */
function faulty(faults: Fault[], counts: Map<string, number>): Origin {
  return {
    name: 'origin',
    async open(from) {
      const next = faults.shift();
      if (next !== undefined) counts.set(next.kind, (counts.get(next.kind) ?? 0) + 1);
      if (next?.kind === 'busy') throw new FetchError('busy', 'later');
      const start = next?.kind === 'no ranges' ? 0 : from;
      const source = next?.kind === 'mixed' ? OTHER : BYTES;
      return {start, size: BYTES.length, hint: '', chunks: chunks(source.subarray(start), next)};
    },
  };
}

async function* chunks(bytes: Buffer, fault: Fault | undefined): AsyncGenerator<Uint8Array> {
  const most =
    fault === undefined || fault.kind === 'busy' ? bytes.length : Math.min(fault.after, bytes.length);
  for (let at = 0; at < most; at += 700) yield bytes.subarray(at, Math.min(at + 700, most));
  if (fault?.kind === 'new process') throw new Stopped();
  if (most < bytes.length) throw new FetchError('unreachable', 'cut');
}

const contextIn = (directory: string, owner: string) => ({
  partials: new PartialFiles({directory, owner, isAlive: () => true, now: () => 0}),
  signal: new AbortController().signal,
  pace: {now: () => 0, random: () => 0.5, sleep: async () => undefined},
  grew: () => undefined,
  sized: () => undefined,
});

/** Goes on with a new process as often as one is stopped. */
async function downloadAnyhow(
  faults: readonly Fault[],
  pinned: boolean,
  counts: Map<string, number>,
): Promise<Buffer> {
  const origin = faulty([...faults], counts);
  const directory = temporaryDirectory();
  const digest = pinned ? digestOfBytes(BYTES) : undefined;
  const wanted = {key: 'key', digest, saidBy: 'its pin', size: undefined, limit: 1e6};
  for (let process = 0; ; process++) {
    try {
      const {file} = await download(origin, wanted, contextIn(directory, `p.${process}.1`));
      return readFileSync(file.path);
    } catch (error) {
      // Too many fruitless tries end one process, not the download.
      const goesOn = error instanceof Stopped || (error instanceof FetchError && error.retryable);
      if (!goesOn) throw error;
    }
  }
}

describe('a download', () => {
  it('has the pinned bytes or ends in an error, whatever happens on the way', async () => {
    const counts = new Map<string, number>();
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fault, {maxLength: 12}), async (faults) => {
        try {
          expect((await downloadAnyhow(faults, true, counts)).equals(BYTES)).toBe(true);
        } catch (error) {
          // Two wrong versions in a row are an answer, not an accident.
          if (!(error instanceof FetchError) || error.code !== 'wrong-bytes') throw error;
          expect(faults.some(({kind}) => kind === 'mixed')).toBe(true);
          refused++;
        }
      }),
      {numRuns: 300},
    );
    expect(counts.size).toBe(5);
    expect(Math.min(...counts.values())).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(0);
  });

  it('would not, were it not for the pin', async () => {
    const counts = new Map<string, number>();
    const mixed = {kind: 'mixed', after: 2000} as const;
    expect((await downloadAnyhow([mixed], false, counts)).equals(BYTES)).toBe(false);
    expect(
      (await downloadAnyhow([mixed, {kind: 'new process', after: 10}], true, counts)).equals(BYTES),
    ).toBe(true);
  });

  it('stops at the first byte too many, declared or not', async () => {
    const endless: Origin = {
      name: 'endless',
      async open() {
        const chunk = Buffer.alloc(100);
        const forever = async function* () {
          for (;;) yield chunk;
        };
        return {start: 0, size: undefined, hint: '', chunks: forever()};
      },
    };
    const wanted = {key: 'k', digest: undefined, saidBy: '', size: undefined, limit: 1000};
    const directory = temporaryDirectory();
    await expect(download(endless, wanted, contextIn(directory, 'a.1.1'))).rejects.toMatchObject({
      code: 'too-large',
    });
    await expect(
      download(endless, {...wanted, size: 500}, contextIn(directory, 'a.1.1')),
    ).rejects.toMatchObject({
      code: 'too-large',
    });
    const large = {
      ...endless,
      open: async () => ({...(await endless.open(0, '', new AbortController().signal)), size: 2000}),
    };
    await expect(download(large, wanted, contextIn(directory, 'a.1.1'))).rejects.toMatchObject({
      code: 'too-large',
    });
  });

  it('gives up after a few tries that brought nothing', async () => {
    let tries = 0;
    const dead: Origin = {
      name: 'dead',
      open: () => Promise.reject(new FetchError('unreachable', `no answer ${++tries}`)),
    };
    const wanted = {key: 'k', digest: undefined, saidBy: '', size: undefined, limit: 1000};
    await expect(download(dead, wanted, contextIn(temporaryDirectory(), 'a.1.1'))).rejects.toThrow(
      'no answer 6',
    );
  });
});

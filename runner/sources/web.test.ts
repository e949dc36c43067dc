import type {IncomingMessage, ServerResponse} from 'node:http';
import {describe, expect, it, type TestContext} from 'vitest';
import {digestOfBytes} from '../../artifacts/hashing.ts';
import {drawnBytes} from '../../artifacts/testing/drawn-bytes.ts';
import type {SourceLocation} from '../../schemas/plan.ts';
import {GuardedClient} from './guarded-client.ts';
import {makeCertificate} from './testing/certificate.ts';
import {type Asked, fetchRig} from './testing/fetch-rig.ts';
import {type Serving, serve} from './testing/serve.ts';

const BYTES = drawnBytes(2 ** 20);
const PIN = digestOfBytes(BYTES);

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A real https server with these answers, one a request (the last again and again), and a rig that may ask it. */
async function setUp(context: TestContext, ...answers: readonly Answer[]) {
  const certificate = makeCertificate(context);
  let turn = 0;
  const serving: Serving = await serve(
    (request, response) => answers[Math.min(turn++, answers.length - 1)]?.(request, response),
    {certificate},
  );
  const rig = await fetchRig({REPRO_ALLOW_PRIVATE: `localhost:${serving.port}`});
  const openClient = (allowed: ConstructorParameters<typeof GuardedClient>[0]['allowed']) =>
    new GuardedClient({allowed, authorities: [certificate.cert], idleMs: 2000});
  const location: SourceLocation = {from: 'https', url: `https://localhost:${serving.port}/data.bin`};
  const outcome = async (asked: Asked = {}) => {
    const text = await rig.outcome(location, {
      type: 'blob',
      pin: PIN,
      ...asked,
      options: {openClient, ...asked.options},
    });
    return text.replaceAll(String(serving.port), 'PORT');
  };
  return {rig, outcome, serving, ranges: () => serving.asked.map(({headers}) => headers.range ?? 'all')};
}

const whole: Answer = (_, response) =>
  response.writeHead(200, {'content-length': BYTES.length, etag: '"v1"'}).end(BYTES);
const cutAt =
  (bytes: number): Answer =>
  (_, response) =>
    response
      .writeHead(200, {'content-length': BYTES.length, etag: '"v1"'})
      .write(BYTES.subarray(0, bytes), () => response.destroy());
const rest: Answer = ({headers}, response) => {
  const from = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
  const range = {'content-range': `bytes ${from}-${BYTES.length - 1}/${BYTES.length}`, etag: '"v1"'};
  response.writeHead(206, {...range, 'content-length': BYTES.length - from}).end(BYTES.subarray(from));
};
const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end('words');

describe('a file of a web server', () => {
  it('comes whole, and is the pinned one', async (context) => {
    const {outcome, rig} = await setUp(context, whole);
    expect(await outcome()).toBe(PIN);
    expect(Buffer.from(await rig.store.artifacts.read(PIN)).equals(BYTES)).toBe(true);
    expect(rig.kept()).toEqual([]);
    expect(rig.told.at(-1)).toEqual([BYTES.length, BYTES.length]);
  });

  it('is gone on with after a cut, with the validator that it came with', async (context) => {
    const {outcome, ranges, serving, rig} = await setUp(
      context,
      cutAt(300_000),
      status(503, {'retry-after': '3'}),
      rest,
    );
    expect(await outcome()).toBe(PIN);
    expect(ranges()).toEqual(['all', 'bytes=300000-', 'bytes=300000-']);
    expect(serving.asked[2]?.headers['if-range']).toBe('"v1"');
    expect(rig.slept).toEqual([500, 3000]);
  });

  it('begins again where the server knows no ranges, or has another version', async (context) => {
    const {outcome, ranges} = await setUp(context, cutAt(300_000), whole);
    expect(await outcome()).toBe(PIN);
    expect(ranges()).toEqual(['all', 'bytes=300000-']);
  });

  it('begins again where what was kept is not of these bytes', async (context) => {
    const mixed: Answer = (_, response) => {
      response
        .writeHead(200, {'content-length': BYTES.length})
        .write(Buffer.alloc(1000), () => response.destroy());
    };
    const first = await setUp(context, mixed, status(404));
    expect(await first.outcome()).toContain('not there (404)');
    expect(first.rig.kept()).toHaveLength(1);
    const second = await setUp(context, rest, whole);
    const outcome = await second.outcome({
      options: {store: first.rig.store.artifacts, scratch: `${first.rig.partials}/../scratch`},
    });
    expect(outcome).toBe(PIN);
    expect(second.ranges()).toEqual(['bytes=1000-', 'all']);
  });

  it('is complete when the server has nothing to add', async (context) => {
    const unending: Answer = (_, response) => {
      response.writeHead(200, {etag: '"v1"'}).write(BYTES, () => response.destroy());
    };
    const nothingMore = status(416, {'content-range': `bytes */${BYTES.length}`});
    const {outcome, rig, ranges} = await setUp(context, unending, nothingMore);
    expect(await outcome()).toBe(PIN);
    expect(ranges()).toEqual(['all', `bytes=${BYTES.length}-`]);
    expect(rig.kept()).toEqual([]);
  });

  it('fails in words', async (context) => {
    const wrong = await setUp(context, (_, response) => response.end('jello'));
    expect(await wrong.outcome()).toBe(
      `https://localhost:PORT/data.bin gave ${digestOfBytes('jello')}, and its pin says ${PIN}\n` +
        'help: if you mean the new bytes, `repro lock --update` pins them; if not, ask who publishes them',
    );
    expect(wrong.rig.kept()).toEqual([]);
    const first = async (...answers: Answer[]) =>
      (await (await setUp(context, ...answers)).outcome()).split('\n')[0];
    expect([
      await first(status(404)),
      await first(status(403)),
      await first(status(500)),
      await first(status(204)),
      await first(status(301, {location: 'http://localhost/x'})),
      await first(status(301, {location: 'https://169.254.169.254/latest'})),
      await first(status(200, {'content-encoding': 'gzip'})),
      await first(cutAt(10), status(206, {'content-range': 'bytes 5-9/10'})),
    ]).toMatchInlineSnapshot(`
      [
        "https://localhost:PORT/data.bin: not there (404)",
        "https://localhost:PORT/data.bin: not allowed (403)",
        "https://localhost:PORT/data.bin: the server answered 500",
        "https://localhost:PORT/data.bin: the server answered 204",
        "localhost:PORT redirects to http://localhost, and only https is followed",
        "169.254.169.254 is no public address (link-local), so it is not asked",
        "https://localhost:PORT/data.bin comes gzip-encoded though it was asked for as it is",
        "https://localhost:PORT/data.bin sends another part than was asked for",
      ]
    `);
  });

  it('may not be more than the user takes', async (context) => {
    const {outcome} = await setUp(context, whole);
    const variables = {REPRO_SOURCE_LIMIT: '1000K', REPRO_ALLOW_PRIVATE: 'localhost'};
    expect(await outcome({options: {variables}})).toMatchInlineSnapshot(`
      "https://localhost:PORT/data.bin gives more than 1024000 bytes, the most that is taken
      help: if it is right, raise REPRO_SOURCE_LIMIT (in bytes, or as 500G)"
    `);
    expect(await outcome({options: {variables: {REPRO_SOURCE_LIMIT: 'much'}}})).toMatchInlineSnapshot(`
      "REPRO_SOURCE_LIMIT is no size: "much"
      help: write bytes, or a number with K, M, G or T, such as 500G"
    `);
  });
});

import {createHash} from 'node:crypto';
import {appendFileSync, readFileSync, truncateSync, writeFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import fc from '../../../artifacts/testing/properties.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {TraceDivergence} from '../../../schemas/trace.ts';
import {divergenceText} from '../../report/divergence-text.ts';
import {plainStyle} from '../../report/style.ts';
import {ByteFile} from '../byte-file.ts';
import {fileSide} from '../testing/told.ts';
import {plainSteps, traceLines, writeTrace} from '../testing/write-trace.ts';
import {compareTraces} from './compare-traces.ts';
import {openTrace} from './open-trace.ts';
import {chainOf} from './parse-line.ts';

function told(divergence: TraceDivergence): string {
  return divergenceText(divergence, plainStyle).join('\n');
}

describe('a trace that is none', () => {
  const lines = traceLines(plainSteps(5));
  const refused = async (broken: readonly string[]) => {
    const found = await compareTraces(fileSide(writeTrace(lines)), fileSide(writeTrace(broken)));
    return told(found);
  };
  /** A line made anew, with a chain of its own: only its place can give it away. */
  const edited = (line: string | undefined, change: (value: Record<string, unknown>) => void) => {
    const value = JSON.parse(line ?? '') as Record<string, unknown>;
    change(value);
    return canonicalJson({...value, chain: chainOf(value)});
  };
  const replaced = (index: number, line: string) => lines.map((old, at) => (at === index ? line : old));

  it('is refused at the line that is wrong', async () => {
    const loss = createHash('sha256').update('forged').digest('hex');
    const told = {
      'one digit changed': await refused(replaced(3, lines[3]?.replace(/"loss":"./, '"loss":"0') ?? '')),
      'a line forged, and sealed': await refused(
        replaced(
          3,
          edited(lines[3], (value) => Object.assign(value.parts as object, {loss})),
        ),
      ),
      'a line left out': await refused(lines.filter((_, index) => index !== 3)),
      'a line twice': await refused([...lines.slice(0, 4), ...lines.slice(3)]),
      'a step skipped': await refused(
        replaced(
          5,
          edited(lines[5], (value) => Object.assign(value, {step: 6})),
        ),
      ),
      'another spelling': await refused(replaced(2, lines[2]?.replace('{', '{ ') ?? '')),
      'a part that the header lacks': await refused([
        edited(lines[0], (value) => Object.assign(value, {parts: ['loss']})),
        ...lines.slice(1),
      ]),
      'an unknown part': await refused([
        edited(lines[0], (value) => Object.assign(value, {parts: ['mood']})),
      ]),
      'parts out of order': await refused([
        edited(lines[0], (value) => Object.assign(value, {parts: ['loss', 'batch']})),
      ]),
      'another format': await refused([edited(lines[0], (value) => Object.assign(value, {trace: 2}))]),
      'a field that nobody knows': await refused(
        replaced(
          1,
          edited(lines[1], (value) => Object.assign(value, {x: 1})),
        ),
      ),
      'a float of 15 digits': await refused(
        replaced(
          1,
          edited(lines[1], (value) => Object.assign(value, {scalars: {loss: '0'.repeat(15)}})),
        ),
      ),
      'no line at all': await refused([]),
      'a line without end': await refused([...lines.slice(0, 2), 'x'.repeat(70_000)]),
    };
    expect(told).toMatchInlineSnapshot(`
      {
        "a field that nobody knows": "the trace of b is refused: line 2: $.x is unknown",
        "a float of 15 digits": "the trace of b is refused: line 2: $.scalars.loss is not 16 hexadecimal digits",
        "a line forged, and sealed": "the trace of b is refused: line 5: its \`previous\` is not the chain of the line before",
        "a line left out": "the trace of b is refused: line 4: its \`previous\` is not the chain of the line before",
        "a line twice": "the trace of b is refused: line 5: its \`previous\` is not the chain of the line before",
        "a line without end": "the trace of b is refused: line 3: line 3 is longer than 65536 bytes",
        "a part that the header lacks": "the trace of b is refused: line 2: $.parts.batch is not among the header's parts",
        "a step skipped": "the trace of b is refused: line 6: it is step 6 where 5 is expected",
        "an unknown part": "the trace of b is refused: line 1: $.parts[0] is not "batch" or "rollout" or "loss" or "gradient" or "optimizer" or "parameters" or "rng" or "cursor" or "saved"",
        "another format": "the trace of b is refused: line 1: $.trace is not 1",
        "another spelling": "the trace of b is refused: line 3: not in canonical form",
        "no line at all": "the trace of b is refused: line 1: there is no header",
        "one digit changed": "the trace of b is refused: line 4: its chain is not the hash of the line",
        "parts out of order": "the trace of b is refused: line 1: $.parts is not sorted, or has one twice",
      }
    `);
  });

  it('is refused when it is torn, at whichever byte', async () => {
    const whole = writeTrace(lines);
    const {length} = readFileSync(whole);
    const sizes = fc.integer({min: 0, max: length - 1});
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        const path = writeTrace(lines);
        truncateSync(path, size);
        using file = new ByteFile(path);
        const trace = await openTrace(file);
        // Between two lines it is a shorter trace, and nothing says that it was longer once.
        const text = readFileSync(path, 'utf8');
        expect(trace.ok).toBe(text.endsWith('\n'));
        if (!trace.ok) expect(trace.error.line).toBe(text.split('\n').length);
      }),
    );
  });

  it('is refused when any byte is another', async () => {
    const whole = readFileSync(writeTrace(lines));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({min: 1, max: 255}), async (at, flip) => {
        const path = writeTrace([]);
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        writeFileSync(path, bytes);
        using file = new ByteFile(path);
        const trace = await openTrace(file);
        const line = whole.subarray(0, at).toString('utf8').split('\n').length;
        expect(trace.ok).toBe(false);
        if (!trace.ok) expect([line, line + 1]).toContain(trace.error.line);
      }),
    );
  });

  it('that changes after it was verified is noticed', async () => {
    const path = writeTrace(lines);
    using file = new ByteFile(path);
    const trace = await openTrace(file);
    if (!trace.ok) throw new Error(trace.error.why);
    writeFileSync(path, lines.map((line) => `${line.replaceAll('a', 'b')}\n`).join(''));
    appendFileSync(path, '\n');
    expect(() => trace.value.read(2)).toThrow(/changed while it was read/);
  });
});

import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {digestOfBytes} from '../../../artifacts/hashing.ts';
import {temporaryDirectory} from '../../../artifacts/testing/temporary-directory.ts';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import {hexOf} from '../../../schemas/digest.ts';
import type {TracePart} from '../../../schemas/trace.ts';
import {BEFORE_ALL, chainOf} from '../trace/parse-line.ts';

export interface StepText {
  /** What stands for each part's content. */
  readonly parts: Readonly<Partial<Record<TracePart, string>>>;
  readonly scalars?: Readonly<Record<string, number>>;
}

/** Of a training that is saved in the type it was trained in: one in bfloat16 has `saved` besides. */
const ALL_PARTS: readonly TracePart[] = [
  'batch',
  'cursor',
  'gradient',
  'loss',
  'optimizer',
  'parameters',
  'rng',
  'rollout',
];

/** A trace's lines, chained as the format says. */
export function traceLines(
  steps: readonly StepText[],
  parts: readonly TracePart[] = ALL_PARTS,
): readonly string[] {
  const lines: Sealed[] = [
    sealed({trace: 1, what: 'training', algorithm: 'sha256', parts, previous: BEFORE_ALL}),
  ];
  for (const [index, {parts: contents, scalars = {}}] of steps.entries()) {
    const digests = Object.entries(contents).map(([part, text]) => [part, hexOf(digestOfBytes(text))]);
    const bits = Object.entries(scalars).map(([name, value]) => [name, float64(value)]);
    lines.push(
      sealed({
        step: index + 1,
        parts: Object.fromEntries(digests),
        scalars: Object.fromEntries(bits),
        previous: lines.at(-1)?.chain,
      }),
    );
  }
  return lines.map((line) => canonicalJson(line));
}

export function writeTrace(lines: readonly string[]): string {
  const path = join(temporaryDirectory(), 'trace.jsonl');
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

/** `count` steps of a training in which nothing special happens: every part is new in every step. */
export function plainSteps(count: number, parts: readonly TracePart[] = ALL_PARTS): readonly StepText[] {
  return Array.from({length: count}, (_, index) => ({
    parts: Object.fromEntries(parts.map((part) => [part, `${part} ${index + 1}`])),
    scalars: {loss: 1 / (index + 1)},
  }));
}

/** The same from step `from` on with other contents of these parts, as a fault would have it that nothing heals. */
export function withFault(
  steps: readonly StepText[],
  from: number,
  parts: readonly TracePart[],
): readonly StepText[] {
  return steps.map((step, index) => {
    if (index + 1 < from) return step;
    const others = parts
      .filter((part) => part in step.parts)
      .map((part) => [part, `other ${part} ${index + 1}`]);
    return {...step, parts: {...step.parts, ...Object.fromEntries(others)}};
  });
}

type Sealed = Readonly<Record<string, unknown>> & {readonly chain: string};

function sealed(line: Readonly<Record<string, unknown>>): Sealed {
  return {...line, chain: chainOf(line)};
}

function float64(value: number): string {
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(value);
  return bits.toString('hex');
}

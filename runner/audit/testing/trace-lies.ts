import {gzipSync} from 'node:zlib';
import {canonicalJson} from '../../../schemas/canonical-json.ts';
import type {Trained} from './a-publication.ts';
import {
  aTraining,
  bitsOf,
  boundariesOf,
  contentOf,
  hexOf,
  metricsOf,
  modelOf,
  plainSteps,
  type Step,
  safetensorsOf,
  sealedLines,
  stateAfter,
  textOf,
  traceOf,
  weightsAfter,
} from './a-training.ts';
import type {Files} from './fill-bucket.ts';

const BASE = weightsAfter(0);

export function withStep(at: number, change: (step: Step) => unknown): readonly unknown[] {
  return plainSteps().map((step) => (step.step === at ? change(step) : step));
}

/** Everything else by the rules, for this trace. */
export function traced(trace: string | Uint8Array, more: Partial<Trained> = {}): Trained {
  return {...aTraining(), trace, ...more};
}

/** What an author could publish and sign, every digest and statement made anew. */
export const LIES: Readonly<Record<string, () => Trained>> = {
  'the base in place of the trained model': () => aTraining({model: modelOf(BASE)}),
  'the model of an earlier step': () => aTraining({model: modelOf(weightsAfter(5))}),
  'one weight changed': () =>
    aTraining({
      model: modelOf(weightsAfter(6).map((t, i) => (i === 0 ? {...t, values: [6.5, 12, -6.0001]} : t))),
    }),
  'a tensor renamed': () =>
    aTraining({
      model: modelOf(weightsAfter(6).map((t, i) => (i === 0 ? {...t, name: 'lm_head.weight'} : t))),
    }),
  'a tensor left out': () => aTraining({model: modelOf(weightsAfter(6).slice(0, 1))}),
  'a tensor added': () => aTraining({model: modelOf([...weightsAfter(6), {name: 'backdoor', values: [1]}])}),
  'a second file that a loader would prefer': () =>
    aTraining({model: {...modelOf(weightsAfter(6), 2), 'model.safetensors': safetensorsOf(BASE)}}),
  'an index that sends a loader to other weights, in a folder of their own': () =>
    aTraining({
      model: {
        ...modelOf(weightsAfter(6), 2),
        'more/base.safetensors': safetensorsOf(BASE),
        'model.safetensors.index.json': indexOf('more/base.safetensors'),
      },
    }),
  'an index that sends a loader to a pickle': () =>
    aTraining({
      model: {
        ...modelOf(weightsAfter(6), 2),
        'base.dat': 'PK',
        'model.safetensors.index.json': indexOf('base.dat'),
      },
    }),
  'an index that leaves a file out': () =>
    aTraining({
      model: {
        ...modelOf(weightsAfter(6), 2),
        'model.safetensors.index.json': indexOf('model-1-of-2.safetensors'),
      },
    }),
  'a config that sends a loader to other weights': () =>
    aTraining({
      model: {
        ...modelOf(weightsAfter(6)),
        'more/base.safetensors': safetensorsOf(BASE),
        'config.json': '{"layers":1,"transformers_weights":"more/base.safetensors"}',
      },
    }),
  'weights of another type': () =>
    aTraining({model: {...modelOf([]), 'model.safetensors': safetensorsOf(weightsAfter(6), 'I32')}}),
  'no safetensors at all': () =>
    aTraining({model: {'config.json': '{}', 'pytorch_model.bin': 'x'.repeat(99)}}),
  'safetensors that are none': () => aTraining({model: {'model.safetensors': 'x'.repeat(300)}}),
  'safetensors that end early': () =>
    aTraining({model: {'model.safetensors': safetensorsOf(weightsAfter(6)).slice(0, -1)}}),
  'a trace that is not json': () => traced('not json\n'),
  'an empty trace': () => traced(''),
  'a trace of one line': () => traced(textOf(sealedLines([]))),
  'a trace of blank lines': () => traced('\n\n\n'),
  'two headers': () => traced(textOf([sealedLines([])[0] ?? '', ...sealedLines(plainSteps())])),
  'no header': () => traced(textOf(sealedLines(plainSteps()).slice(1))),
  'a step short': () => traced(traceOf(plainSteps().slice(0, 5)), {metrics: metricsOf(5)}),
  'a step too many': () =>
    traced(traceOf(plainSteps(7)), {metrics: metricsOf(7), model: modelOf(weightsAfter(7))}),
  'a step twice': () =>
    traced(textOf([...sealedLines(plainSteps()).slice(0, 4), ...sealedLines(plainSteps()).slice(3)])),
  'steps out of order': () => {
    const [a, b, c, d, ...rest] = plainSteps();
    return traced(textOf(sealedLines([a, b, d, c, ...rest])));
  },
  'a step left out': () => traced(textOf(sealedLines(plainSteps().filter(({step}) => step !== 3)))),
  'steps from 0': () =>
    traced(textOf(sealedLines(plainSteps().map((step) => ({...step, step: step.step - 1}))))),
  'the last line rewritten, its chain not': () => {
    const lines = sealedLines(plainSteps());
    const last = JSON.parse(lines[6] ?? '');
    last.parts.parameters = contentOf(BASE);
    return traced(textOf([...lines.slice(0, 6), canonicalJson(last)]), {model: modelOf(BASE)});
  },
  'the base’s digest, sealed, and the trained model': () =>
    traced(
      textOf(
        sealedLines(withStep(6, (step) => ({...step, parts: {...step.parts, parameters: contentOf(BASE)}}))),
      ),
    ),
  'a last line without parameters': () =>
    traced(
      textOf(sealedLines(withStep(6, ({parts: {parameters: _, ...parts}, ...step}) => ({...step, parts})))),
    ),
  'a header without the weights': () => {
    const steps = plainSteps().map(({parts: {parameters: _, ...parts}, ...step}) => ({...step, parts}));
    const trace = textOf(
      sealedLines(steps, {parts: ['batch', 'cursor', 'gradient', 'loss', 'optimizer', 'rng']}),
    );
    return traced(trace, {boundaries: boundariesOf(trace)});
  },
  'a header of something else': () => {
    const trace = textOf(sealedLines(plainSteps(), {what: 'evaluation'}));
    return traced(trace, {boundaries: boundariesOf(trace)});
  },
  'a header of another format': () => traced(textOf(sealedLines(plainSteps(), {trace: 2}))),
  'the trace of another training': () =>
    traced(
      traceOf(plainSteps().map((s) => ({...s, parts: {...s.parts, parameters: hexOf(`other ${s.step}`)}}))),
    ),
  'lines with CRLF': () => traced(traceOf().replaceAll('\n', '\r\n')),
  'a byte order mark': () => traced(`\ufeff${traceOf()}`),
  'something after it': () => traced(`${traceOf()}{}\n`),
  'zeros after it': () => traced(`${traceOf()}\0\0`),
  'cut in its last line': () => traced(traceOf().slice(0, -20)),
  'without its last line feed': () => traced(traceOf().slice(0, -1)),
  compressed: () => traced(Uint8Array.from(gzipSync(traceOf()))),
  'not UTF-8': () => traced(Buffer.concat([Buffer.from(traceOf()), Buffer.from([0xff, 0x0a])])),
  'a line without end': () => traced(`${traceOf()}${'x'.repeat(100_000)}`),
  'another spelling': () => traced(traceOf().replace('{"chain"', '{ "chain"')),
  'a key twice': () => traced(traceOf().replace('"step":2', '"step":2,"step":2')),
  'no trace, though the kind writes one': () => aTraining({trace: null}),
  'a better loss in the metrics': () =>
    aTraining({metrics: metricsOf(6, (row) => (row.step === 6 ? {...row, loss: 0.0001} : row))}),
  'the last bit of a gradient norm': () =>
    aTraining({
      metrics: metricsOf(6, (row) => (row.step === 2 ? {...row, grad_norm: 2.1000000000000005} : row)),
    }),
  'a loss that was not a number, as 0': () => {
    const trace = textOf(
      sealedLines(withStep(3, (s) => ({...s, scalars: {...s.scalars, loss: bitsOf(Number.NaN)}}))),
    );
    const metrics = metricsOf(6, (row) => (row.step === 3 ? {...row, loss: 0} : row));
    return traced(trace, {metrics, boundaries: boundariesOf(trace)});
  },
  'a loss that metrics leave out': () =>
    aTraining({
      metrics: metricsOf(6, ({loss, ...row}) => (row.step === 3 ? row : {...row, loss: loss ?? 0})),
    }),
  'a loss that the trace leaves out': () => {
    const trace = textOf(
      sealedLines(withStep(3, ({scalars: {loss: _, ...scalars}, ...step}) => ({...step, scalars}))),
    );
    return traced(trace, {boundaries: boundariesOf(trace)});
  },
  'negative zero for zero': () => {
    const trace = textOf(
      sealedLines(withStep(3, (s) => ({...s, scalars: {...s.scalars, loss: bitsOf(-0)}}))),
    );
    const metrics = metricsOf(6, (row) => (row.step === 3 ? {...row, loss: 0} : row));
    return traced(trace, {metrics, boundaries: boundariesOf(trace)});
  },
  'a row of metrics left out': () =>
    aTraining({
      metrics: metricsOf()
        .split('\n')
        .filter((_, at) => at !== 2)
        .join('\n'),
    }),
  'a row of metrics twice': () =>
    aTraining({metrics: metricsOf() + metricsOf().split('\n').slice(5).join('\n')}),
  'metrics of fewer steps': () => aTraining({metrics: metricsOf(5)}),
  'metrics that are none': () => aTraining({metrics: 'loss went down nicely\n'}),
  'no metrics': () => aTraining({metrics: null}),
  'boundaries swapped': () => {
    const chains = boundariesOf();
    const [two, four] = [chains['states/00000002.json'] ?? '', chains['states/00000004.json'] ?? ''];
    return aTraining({boundaries: {...chains, 'states/00000002.json': four, 'states/00000004.json': two}});
  },
  'a boundary of another trace': () => {
    const other = traceOf(plainSteps().map((s) => ({...s, parts: {...s.parts, batch: hexOf('other')}})));
    return aTraining({boundaries: boundariesOf(other)});
  },
  'a boundary with other weights under the right chain': () => {
    const chain = JSON.parse(sealedLines(plainSteps())[2] ?? '').chain as string;
    return aTraining({boundaries: {...boundariesOf(), ...stateAfter(2, chain, BASE)}});
  },
  'a boundary left out': () => {
    const {'states/00000004.json': _, ...rest} = boundariesOf();
    return aTraining({boundaries: rest});
  },
  'a boundary that is none': () => aTraining({boundaries: {...boundariesOf(), 'states/00000004.json': '{}'}}),
  'a boundary after no boundary': () =>
    aTraining({boundaries: {...boundariesOf(), 'states/00000005.json': '{}'}}),
  'a boundary that leaves its weights out': () => aTraining({boundaries: boundariesWithout('parameters/')}),
  'a boundary that leaves its optimizer out': () => aTraining({boundaries: boundariesWithout('optimizer/')}),
  'a boundary without anything in it': () => aTraining({boundaries: boundariesWithout('')}),
  'a trace that says nothing of a boundary’s optimizer': () => {
    const steps = withStep(4, ({parts: {optimizer: _, ...parts}, ...step}) => ({...step, parts}));
    const trace = textOf(sealedLines(steps));
    return traced(trace, {boundaries: boundariesOf(trace)});
  },
  'boundaries without their tensors': () =>
    aTraining({
      boundaries: Object.fromEntries(
        Object.entries(boundariesOf()).filter(([path]) => !path.startsWith('tensors')),
      ),
    }),
  'an index of other steps': () =>
    aTraining({boundaries: {...boundariesOf(), 'index.json': '{"boundaries":1,"every":3,"steps":[3]}'}}),
};

function indexOf(file: string): string {
  return JSON.stringify({weight_map: Object.fromEntries(BASE.map(({name}) => [name, file]))});
}

function boundariesWithout(group: string): Files {
  const path = 'states/00000004.json';
  const files = boundariesOf();
  const state = JSON.parse(String(files[path])) as {readonly tensors: object};
  const kept = Object.entries(state.tensors).filter(([name]) => !name.startsWith(group));
  return {...files, [path]: canonicalJson({...state, tensors: Object.fromEntries(kept)})};
}

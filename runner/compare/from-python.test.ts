import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {describe, expect, it, type TestContext} from 'vitest';
import {temporaryDirectory} from '../../artifacts/testing/temporary-directory.ts';
import {divergenceText} from '../report/divergence-text.ts';
import {plainStyle} from '../report/style.ts';
import {pythonWithTorch} from './testing/python-with-torch.ts';
import {comparePaths, fileSide, toldOf} from './testing/told.ts';
import {compareTraces} from './trace/compare-traces.ts';

/** Runs a script with the SDK at hand in a folder of its own; gives the folder and what was printed. */
function runPython(context: TestContext, script: string) {
  const python = pythonWithTorch();
  context.skip(
    python === undefined,
    'NOT TESTED: no environment of the stages with torch is built on this machine',
  );
  const folder = temporaryDirectory();
  const printed = execFileSync(python ?? '', ['-c', script], {
    cwd: folder,
    env: {PYTHONPATH: join(import.meta.dirname, '../../stages/_sdk'), PYTHONDONTWRITEBYTECODE: '1'},
    encoding: 'utf8',
  });
  return {at: (name: string) => join(folder, name), printed: printed.trim().split('\n')};
}

const WEIGHTS = `
import torch
from safetensors.torch import save_file
from repro_sdk.tensor_digest import tensors_digest
torch.manual_seed(1)
model = {
    "layers.10.w": torch.randn(8, 4), "layers.2.w": torch.randn(3, 5, dtype=torch.float64),
    "half": torch.randn(7).bfloat16(), "f16": torch.randn(7).half(), "f8": torch.randn(4).to(torch.float8_e4m3fn),
    "f8b": torch.randn(4).to(torch.float8_e5m2), "ids": torch.arange(5), "mask": torch.tensor([True, False]),
    "scalar": torch.tensor(1.5),
}
save_file(model, "a.safetensors", {"format": "pt"})
print(tensors_digest(model))
model["layers.10.w"][3, 2] = torch.nextafter(model["layers.10.w"][3, 2], torch.tensor(9.0))
save_file(model, "b.safetensors", {"format": "pt"})
print(tensors_digest(model))
`;

const TRACES = `
import torch
from repro_sdk.trace import TraceWriter
def train(path, fault):
    weights = {"w": torch.zeros(4)}
    with_parts = ["cursor", "gradient", "loss", "parameters"]
    trace = TraceWriter(path, with_parts)
    for step in range(1, 31):
        gradient = {"w": torch.full((4,), 1.0 / step)}
        if step == fault:
            gradient["w"][2] = torch.nextafter(gradient["w"][2], torch.tensor(9.0))
        trace.capture("gradient", gradient)
        weights["w"] -= gradient["w"]
        trace.capture("parameters", weights)
        trace.capture("cursor", {"epoch": 0, "step": step})
        trace.capture("loss", {"0": torch.tensor(1.0 / step)})
        trace.step(step, loss=1.0 / step, gradient_norm=float(gradient["w"].norm()))
    trace.close()
train("a.jsonl", None)
train("b.jsonl", 17)
`;

const TABLES = `
import pyarrow as pa, pyarrow.parquet as pq
rows = {"id": [f"p{i}" for i in range(100)], "answer": list(range(100)), "metadata": [{"level": i % 3} for i in range(100)]}
def write(name, rows, **options):
    pq.write_table(pa.table(rows), name, row_group_size=40, **options)
write("a.parquet", rows)
write("b.parquet", {**rows, "answer": [*range(99), 7]})
pq.write_table(pa.table(rows).replace_schema_metadata({"note": "x"}), "c.parquet", row_group_size=40)
write("d.parquet", {**rows, "extra": rows["answer"]}, compression="zstd")
`;

describe('what Python wrote', () => {
  it('as a model has the content digest that the SDK computes, and shows its one changed bit', async (context) => {
    const {at, printed} = runPython(context, WEIGHTS);
    const found = await comparePaths(at('a.safetensors'), at('b.safetensors'));
    if (found.kind !== 'tensors') throw new Error(found.kind);
    expect(found.content).toEqual(printed);
    expect(await toldOf(at('a.safetensors'), at('b.safetensors'))).toMatchInlineSnapshot(`
      "weights differ: 1 of 9 tensors, 1 of 77 elements, at most 1 ULP
        ULP   1: 1
        bits  mantissa 1
        layers.10.w  F32 [8, 4]  1 of 32, at most 1 ULP
          first at [3, 2]  0.22842517 → 0.22842519  3e69e84a → 3e69e84b
      "
    `);
  });

  it('as a trace is verified and searched', async (context) => {
    const {at} = runPython(context, TRACES);
    const found = await compareTraces(fileSide(at('a.jsonl')), fileSide(at('b.jsonl')));
    expect(divergenceText(found, plainStyle).join('\n')).toMatchInlineSnapshot(`
      "step 17 of 30: gradient differs first → arithmetic (kernel, threads, instruction set, library)
        equal    the state before the step, loss, parameters, cursor
        gradient_norm  0.11764705926179886 → 0.11764706671237946  1 ULP of float32"
    `);
  });

  it('as parquet is compared by columns and metadata', async (context) => {
    const {at} = runPython(context, TABLES);
    const told = [];
    for (const other of ['b', 'c', 'd']) told.push(await toldOf(at('a.parquet'), at(`${other}.parquet`)));
    expect(told.join('')).toMatchInlineSnapshot(`
      "parquet of 100 rows: 1 column with other bytes; rows are not compared
        answer (from row group 2 on)
      parquet, metadata only: every column has the same bytes
        metadata["ARROW:schema"]  "/////xABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABA… → "/////0gBAAAQAAAAAAAKAA4ABgAFAAgACgAAAAABBAAQAAAAAAAKAAwAAA…
        metadata.note  (absent) → "x"
      parquet of 100 rows: another layout
        codec.answer  "snappy" → "zstd"
        codec.extra  (absent) → "zstd"
        codec.id  "snappy" → "zstd"
        codec["metadata.level"]  "snappy" → "zstd"
        metadata["ARROW:schema"]  "/////xABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABA… → "/////0ABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABA…
        schema[5]  (absent) → "extra: optional int64"
      "
    `);
  });
});

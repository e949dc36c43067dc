import {digestOfBytes} from '../../artifacts/hashing.ts';
import {hexOf} from '../../schemas/digest.ts';

/** A pipeline with a source, a param, a kind of the user's own, and stages of which each needs the one before. */
const PIPELINE = `
repro: 1
name: tiny
description: A test.
seed: 1
params: {times: {type: integer, default: 2}, unused: {type: integer, default: 0}}
environments: {bare: {python: {lock: bare.lock.txt}}}
sources: {text: {file: text.txt, kind: text, sha256: "SHA"}}
stages:
  count:
    uses: ./count
    inputs: {text: "\${sources.text}"}
    with: {times: "\${params.times}"}
  # Gives the same for every count below 1000.
  coarse:
    uses: command
    inputs: {count: "\${count.count}"}
    with: {argv: [sh, -c, "n=$(cat inputs/count); echo $((n / 1000)) > outputs/out"]}
    outputs: {out: {kind: text, type: blob}}
    reuse: same-class
  last:
    uses: command
    inputs: {coarse: "\${coarse.out}"}
    with: {argv: [sh, -c, "cp inputs/coarse outputs/out"]}
    outputs: {out: {kind: text, type: blob}}
    reuse: same-class
  alone:
    uses: command
    with: {argv: [sh, -c, "echo alone > outputs/out"]}
    outputs: {out: {kind: text, type: blob}}
    reuse: same-class
`;

export const PROGRAM = `
import json, os
request = json.load(open(os.environ["REPRO_REQUEST"]))
text = open(request["inputs"]["text"]).read()
open(request["outputs"]["count"], "w").write(str(len(text) * request["params"]["times"]))
`;

/** A kind of the user's own: nothing of it is known to repro but this folder. */
export const KIND = `
stage: 1
kind: count
description: Counts the characters of a text.
command: [python, "\${stage}/main.py"]
params: {times: {type: integer, default: 1}}
inputs: {text: {kind: text}}
outputs: {count: {kind: number, type: blob}}
`;

/** All files of the project, with this text as its source. */
export function files(text: string): Readonly<Record<string, string>> {
  return {
    'p.yaml': PIPELINE.replace('SHA', hexOf(digestOfBytes(text))),
    'text.txt': text,
    'count/stage.yaml': KIND,
    'count/main.py': PROGRAM,
    'count/README.md': 'Counts.',
    'count/test_count.py': 'def test(): pass',
  };
}

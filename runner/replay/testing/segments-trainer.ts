import type {StageText} from '../../testing/pipeline-text.ts';

/**
 * A training of 16 bytes that keeps stages/TRACE.md and "Doing a part again" to the letter and needs no torch: what
 * tests of audits would wait for is Python's start alone. Its kind is a stranger's: that it takes recorded rollouts, its contract alone says.
 */
export const TRAINER: Readonly<Record<string, string>> = {
  'own-rl/stage.yaml': JSON.stringify({
    stage: 1,
    kind: 'own-rl',
    command: ['python', `\${stage}/main.py`],
    seed: true,
    determinism: 'bitwise',
    reuse: 'same-class',
    params: {
      steps: {type: 'integer'},
      boundaries: {type: 'integer', default: 0},
      dtype: {type: 'string', default: 'float32'},
    },
    inputs: {
      data: {kind: 'text', optional: true},
      drawn_before: {kind: 'boundaries', optional: true},
    },
    outputs: {
      model: {kind: 'model', type: 'tree'},
      rollouts: {kind: 'rollouts', type: 'blob'},
      boundaries: {kind: 'boundaries', type: 'tree'},
    },
    values: {mean_reward: {type: 'number'}},
  }),
  'own-rl/main.py': `
import hashlib, json, os, struct, sys

request = json.load(open("request.json"))
steps, every = request["params"]["steps"], request["params"]["boundaries"]
segments = request.get("segments")
recorded = request["inputs"].get("drawn_before")
out = request["outputs"]["boundaries"]
sha = lambda data: hashlib.sha256(data).hexdigest()
text = lambda value: json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

def sealed(line):
    return {**line, "chain": sha(text(line).encode())}

def content(weights):
    leaf = sha(b"t1\\0w\\0float32\\0004\\0" + weights)
    return sha(b"m1\\0w\\0" + leaf.encode() + b"\\n")

def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").write(data)

header = sealed({"algorithm": "sha256", "parts": ["parameters", "rollout"], "previous": "0" * 64, "trace": 1, "what": "training"})
trace, completions = [header], []

def draw(step):
    if recorded:
        rows = [json.loads(line) for line in open(recorded + "/completions.jsonl")]
        return next(row["ids"] for row in rows if row["step"] == step)
    return [step, step + 1]

def train(weights, step, chain):
    ids = draw(step)
    weights = hashlib.sha256(weights + struct.pack(">3q", request["seed"], step, sum(ids))).digest()[:16]
    parts = {"parameters": content(weights), "rollout": sha(text(ids).encode())}
    scalars = {"loss": struct.pack(">d", 1 / step).hex()}
    trace.append(sealed({"step": step, "parts": parts, "scalars": scalars, "previous": chain}))
    completions.append({"step": step, "ids": ids})
    return weights, trace[-1]["chain"]

def keep(weights, step, chain):
    tensor = {"dtype": "float32", "shape": [4], "sha256": sha(weights)}
    state = {"boundary": 1, "step": step, "chain": chain, "facts": {"trainer": {"global_step": step}}, "tensors": {"parameters/w": tensor}}
    put(f"{out}/states/{step:08d}.json", text(state).encode())
    if not segments:
        put(f"{out}/tensors/{sha(weights)[:2]}/{sha(weights)}", weights)

def begin(after):
    if after == 0:
        return b"\\0" * 16, header["chain"]
    state = json.load(open(f"{segments['boundaries']}/states/{after:08d}.json"))
    digest = state["tensors"]["parameters/w"]["sha256"]
    return open(f"{segments['boundaries']}/tensors/{digest[:2]}/{digest}", "rb").read(), state["chain"]

os.makedirs(out, exist_ok=True)
ranges = segments["ranges"] if segments else [{"after": 0, "steps": steps}]
for each in ranges:
    weights, chain = begin(each["after"])
    end = min(each["after"] + each["steps"], steps)
    for step in range(each["after"] + 1, end + 1):
        weights, chain = train(weights, step, chain)
        if step == end if segments else every and step % every == 0 and step < steps:
            keep(weights, step, chain)

open("metrics.jsonl", "w").write("".join(text({"step": row["step"], "reward": 0.5}) + "\\n" for row in completions))
open("trace.jsonl", "w").write("".join(text(line) + "\\n" for line in trace))
put(f"{out}/completions.jsonl", "".join(text(row) + "\\n" for row in completions).encode())
print("took recorded rollouts" if recorded else "drew rollouts", file=sys.stderr)
if not segments:
    at = range(every, steps, every) if every else []
    put(f"{out}/index.json", text({"boundaries": 1, "every": every, "steps": list(at)}).encode())
    head = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    put(request["outputs"]["model"] + "/model.safetensors", struct.pack("<Q", len(head)) + head + weights)
    put(request["outputs"]["rollouts"], b"{}\\n")
    json.dump({"mean_reward": 0.5}, open("values.json", "w"))
`,
};

/** A pipeline's stage of it. */
export function training(steps: number, boundaries: number, more: StageText = {}): StageText {
  return {uses: './own-rl', with: {steps, boundaries}, ...more};
}

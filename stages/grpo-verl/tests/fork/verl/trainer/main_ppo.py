"""As verl/trainer/ppo/ray_trainer.py of the fork writes: rewards beside the training file, shards for each saved step."""

import json
import os
import sys
from pathlib import Path


def main() -> int:
    options = dict(option.split("=", 1) for option in sys.argv[1:])
    Path("tmp/options.json").write_text(json.dumps(options), "utf-8")
    # Both files are there, and called what the fork looks at.
    train, validation = options["data.train_files"], options["data.val_files"]
    assert train.endswith(".parquet") and validation.endswith(".parquet")
    content = Path(train).read_bytes()
    if content == b"fails":
        print("CUDA out of memory", file=sys.stderr)
        return 3
    folder = f"{train.replace('.parquet', '')}/"
    os.makedirs(folder, exist_ok=True)
    steps = int(options["trainer.total_training_steps"])
    for step in range(1, steps + 1):
        with open(f"{folder}/{options['trainer.experiment_name']}.jsonl", "a") as file:
            file.write(json.dumps({"index": [0, step], "score": [1.0, 0.125]}) + "\n")
    actor = Path(options["trainer.default_local_dir"]) / f"global_step_{steps if content != b'stops' else 1}" / "actor"
    actor.mkdir(parents=True)
    (actor / "model_world_size_1_rank_0.pt").write_bytes(b"shard")
    return 0


if __name__ == "__main__":
    sys.exit(main())

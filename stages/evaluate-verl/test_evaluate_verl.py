from pathlib import Path

import pytest
from rig import contract, filled_command, request_for

SAMPLES = {"aime24": 32, "aime25": 32, "amc23": 8, "minerva": 4, "olympiad": 4}


@pytest.mark.parametrize(("benchmark", "samples"), SAMPLES.items())
def test_the_command_has_the_published_numbers(benchmark, samples):
    kind = contract("evaluate-verl")
    request = request_for(kind, {"samples": samples}, {"model": Path("model"), "problems": Path("problems")}, 0, ())
    assert filled_command(kind["command"], request)[1:] == [
        "-m", "verl.trainer.main_generation", "trainer.nnodes=1", "trainer.n_gpus_per_node=8", "data.path=inputs/problems",
        "data.output_path=outputs/answers", f"data.n_samples={samples}", "data.batch_size=102400", "model.path=inputs/model",
        "rollout.temperature=1.4", "rollout.enable_chunked_prefill=True", "rollout.max_num_batched_tokens=96000",
        "rollout.response_length=90000", "rollout.top_k=20", "rollout.top_p=1", "rollout.gpu_memory_utilization=0.9",
        "rollout.tensor_model_parallel_size=1",
    ]  # fmt: skip

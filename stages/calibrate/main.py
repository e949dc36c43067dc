"""calibrate: fit the problems to the model before it is trained on them."""

from selection import calibration_report, mirrored_j

from repro_sdk import Stage, StageFailure, run_stage, write_json, write_jsonl
from repro_sdk.problems import read_problems
from repro_sdk.rollouts import PromptFormat, Rollout, identical_groups, roll_out
from repro_sdk.sampling import SamplingOptions


def program(stage: Stage) -> None:
    params = stage.params
    stage.begin_torch()
    problems = read_problems(stage.inputs["problems"])[: params["limit"] or None]
    drawn = sampled_answers(stage, problems)
    rates = [sum(r.correct for r in rollouts) / len(rollouts) for rollouts in drawn]
    kept = mirrored_j(problems, rates, params["hard_below"], params["easy_share"], stage.seed)
    if sum(kept) < params["minimum_kept"]:
        raise StageFailure(
            f"Only {sum(kept)} of {len(problems)} problems are sometimes but not always solved; "
            f"{params['minimum_kept']} are needed. Make the problems easier or train the model longer."
        )
    write_jsonl(stage.outputs["problems"], (_rated(p, r) for p, r, keep in zip(problems, rates, kept) if keep))
    write_json(stage.outputs["report"], calibration_report(rates, kept, params["samples"], params["hard_below"]))
    accuracy = sum(rates) / len(rates)
    stage.metrics(step=0, accuracy=accuracy, kept=sum(kept), identical_groups=identical_groups(drawn))
    stage.progress(len(problems), len(problems), accuracy=accuracy)


def sampled_answers(stage: Stage, problems) -> list[list[Rollout]]:
    """`samples` graded rollouts of each problem."""
    from repro_sdk.model_files import load_model, load_tokenizer

    params = stage.params
    return roll_out(
        load_model(stage.inputs["model"], params["dtype"]),
        load_tokenizer(stage.inputs["model"]),
        problems,
        params["samples"],
        SamplingOptions.from_params(params),
        PromptFormat(params["chat"], params["answer_style"]),
        seed=stage.seed,
        stream=("calibrate",),
        on_progress=stage.progress,
    )


def _rated(problem, rate: float):
    return {**problem, "metadata": {**problem["metadata"], "pass_rate": rate}}


if __name__ == "__main__":
    run_stage(program)

"""evaluate: how good is this model on problems it has not seen?"""

from report import evaluation_report

from repro_sdk import Stage, StageFailure, run_stage, write_json, write_jsonl
from repro_sdk.problems import read_problems
from repro_sdk.rollouts import PromptFormat, identical_groups, roll_out, rollout_row
from repro_sdk.sampling import SamplingOptions


def program(stage: Stage) -> None:
    params = stage.params
    if max(params["pass_at"], default=0) > params["samples"]:
        raise StageFailure(f"pass@{max(params['pass_at'])} needs more than the {params['samples']} samples there are.")
    stage.begin_torch()
    drawn = sampled_answers(stage)
    report = evaluation_report(drawn, params, stage.seed)
    write_json(stage.outputs["report"], report)
    write_jsonl(stage.outputs["rollouts"], (rollout_row(r, step=0) for rows in drawn for r in rows))
    accuracy = report["all"]["avg_at_k"]["mean"]
    stage.value("avg_at_k", accuracy)
    stage.value("pass_at_k", sum(any(r.correct for r in rows) for rows in drawn) / len(drawn))
    stage.metrics(step=0, accuracy=accuracy, identical_groups=identical_groups(drawn))
    stage.progress(len(drawn), len(drawn), accuracy=accuracy)


def sampled_answers(stage: Stage):
    """`samples` graded rollouts for each problem."""
    from repro_sdk.model_files import load_model, load_tokenizer

    params = stage.params
    problems = read_problems(stage.inputs["problems"])
    return roll_out(
        load_model(stage.inputs["model"], params["dtype"]),
        load_tokenizer(stage.inputs["model"]),
        problems[: params["limit"] or None],
        params["samples"],
        SamplingOptions.from_params(params),
        PromptFormat(params["chat"], params["answer_style"]),
        seed=stage.seed,
        stream=("evaluate",),
        on_progress=stage.progress,
    )


if __name__ == "__main__":
    run_stage(program)

"""collect: from raw or generated problems to sets that training and evaluation may use."""

from contamination import MADE_BY, Evaluation, Limits
from duplicates import drop_near, drop_repeated
from generate import generated
from quality import Report
from read import read_sources
from templates import templates_of
from text import filled, identified, normalised
from validate import rejection

from repro_sdk import Stage, StageFailure, run_stage, sample_seed, write_json, write_jsonl
from repro_sdk.canonical import canonical_line


def program(stage: Stage) -> None:
    report = Report()
    evaluation = evaluation_sets(stage, report)
    train = training_set(stage, evaluation, report)
    evaluation = [*map(unmarked, evaluation)]
    demonstrations, train = split_demonstrations(stage, train)
    if len(train) < stage.params["keep_at_least"]:
        raise StageFailure(
            f"{len(train)} training problems are left, keep_at_least is {stage.params['keep_at_least']}: {report.losses('train')}."
        )
    write_jsonl(stage.outputs["train"], train)
    write_jsonl(stage.outputs["evaluation"], evaluation)
    write_jsonl(stage.outputs["demonstrations"], demonstrations)
    write_json(stage.outputs["report"], report.finished(train, evaluation, demonstrations))
    stage.metrics(step=0, problems=len(train), evaluation=len(evaluation), demonstrations=len(demonstrations))
    stage.value("dropped", report.count("train") + report.count("evaluation"))
    stage.value("problems", len(train))


def evaluation_sets(stage: Stage, report: Report) -> list[dict]:
    """Held-out problems: distinct, verified, each naming its benchmark."""
    params = stage.params
    held_out = [{**task, "count": params["evaluation_count"]} for task in params["tasks"] if params["evaluation_count"]]
    rows = [*generated([*held_out, *params["benchmarks"]], stage.seed, "evaluation"), *read_benchmarks(stage, report)]
    for row in rows:
        row["metadata"].setdefault("benchmark", row["metadata"].get("label", row["task"]))
    return cleaned(stage, rows, "evaluation", report)


def read_benchmarks(stage: Stage, report: Report) -> list[dict]:
    folder = stage.inputs.get("benchmarks")
    entries = sorted(folder.iterdir()) if folder else []
    return [
        {**row, "metadata": {**row["metadata"], "benchmark": entry.name}}
        for entry in entries
        for row in read_sources(entry, stage.params["fields"], stage.params["task"], report.nulled["evaluation"])
    ]


def training_set(stage: Stage, evaluation: list[dict], report: Report) -> list[dict]:
    """Everything else, without near duplicates and without what the evaluation sets hold."""
    params = stage.params
    source = stage.inputs.get("problems")
    read = (params["fields"], params["task"], report.nulled["train"], params["files"], report.left_out)
    rows = read_sources(source, *read) if source else []
    rows = [*rows, *generated(params["tasks"], stage.seed, "train")]
    if not rows:
        raise StageFailure("There is nothing to collect: `tasks` is empty and the input `problems` is not connected.")
    rows = cleaned(stage, rows, "train", report)
    templates = templates_of({**prompts_by_benchmark(evaluation), "train": read_prompts(rows)})
    held_out = Evaluation(evaluation, rows, Limits(params["ngram"], params["boilerplate"]), templates)
    rows = report.keep("train", "contaminated", rows, held_out.overlap)
    report.set_aside(templates, held_out.wording, held_out.near_misses(rows))
    rows = report.dropped("train", "near duplicate", rows, drop_near(rows, params["near_duplicates"], stage.seed))
    return shuffled([*map(unmarked, rows)], stage.seed)


def prompts_by_benchmark(evaluation: list[dict]) -> dict[str, list[str]]:
    sets: dict[str, list[str]] = {}
    for row in evaluation:
        if MADE_BY not in row:
            sets.setdefault(row["metadata"]["benchmark"], []).append(row["prompt"])
    return sets


def read_prompts(rows: list[dict]) -> list[str]:
    """What was generated has a template by design, and is compared with others as it is."""
    return [row["prompt"] for row in rows if MADE_BY not in row]


def unmarked(row: dict) -> dict:
    return {name: value for name, value in row.items() if name != MADE_BY}


def cleaned(stage: Stage, rows: list[dict], split: str, report: Report) -> list[dict]:
    """Normalise, drop repetitions, drop what can't be verified."""
    report.read(split, rows)
    rows = report.keep(split, "invalid", rows, lambda row: row.get("lacks"))
    rows = [identified(normalised(row)) for row in rows]
    rows = report.dropped(split, "duplicate", rows, drop_repeated(rows))
    stage.progress(0, len(rows))
    return report.keep(split, "invalid", rows, lambda row: rejection(row, stage.params))


def split_demonstrations(stage: Stage, train: list[dict]) -> tuple[list[dict], list[dict]]:
    count, templates = stage.params["demonstrations"], stage.params["completions"]
    if count > len(train):
        raise StageFailure(f"demonstrations is {count}, but only {len(train)} training problems are left.")
    if count and not templates:
        raise StageFailure("`demonstrations` needs at least one template in `completions`.")
    chosen = [demonstration(row, templates, stage.seed) for row in train[:count]]
    return chosen, train[count:] if stage.params["demonstrations_apart"] else train


def demonstration(row: dict, templates: list[str], seed: int) -> dict:
    """A prompt with its completion. Which template depends on the problem alone; one given twice is drawn twice as often."""
    template = templates[sample_seed(seed, "completion", row["id"]) % len(templates)]
    fields = {**row["metadata"], "answer": row["answer"], "prompt": row["prompt"]}
    if "{steps}" in template:
        from repro_sdk.worked_solutions import worked_steps

        fields["steps"] = worked_steps(row)
    try:
        completion = filled(template, fields, False)
    except StageFailure as failure:
        raise StageFailure(f"{failure} It is the problem {row['prompt'][:60]!r}.") from None
    return {"completion": completion, "id": row["id"], "prompt": row["prompt"]}


def shuffled(rows: list[dict], seed: int) -> list[dict]:
    """An order that depends on the seed and each problem alone, so that one problem more moves no other."""
    return sorted(rows, key=lambda row: (sample_seed(seed, "order", row["id"]), canonical_line(row)))


if __name__ == "__main__":
    run_stage(program)

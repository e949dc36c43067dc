"""temperature-search: how hot can we sample before accuracy suffers?"""

from choice import Measurement, choose

from repro_sdk import Stage, StageFailure, run_stage, write_json
from repro_sdk.problems import read_problems
from repro_sdk.rollouts import PromptFormat, accuracy, identical_groups, roll_out
from repro_sdk.sampling import SamplingOptions
from repro_sdk.scores import distinct_ngrams, mean


def program(stage: Stage) -> None:
    params = stage.params
    temperatures = sorted(set(params["temperatures"]))
    if not temperatures or temperatures[0] <= 0:
        raise StageFailure("temperatures must name at least one temperature, all above 0.")
    stage.begin_torch()
    measurements = measured(stage, temperatures)
    chosen = choose(measurements, params["tolerance"])
    write_json(stage.outputs["report"], report(measurements, chosen, params))
    stage.value("temperature", chosen.temperature)
    stage.value("accuracy", chosen.accuracy)


def measured(stage: Stage, temperatures) -> list[Measurement]:
    """Sample at every temperature, with the same random numbers at each."""
    from repro_sdk.model_files import load_model, load_tokenizer

    params = stage.params
    problems = read_problems(stage.inputs["problems"])[: params["limit"] or None]
    model = load_model(stage.inputs["model"], params["dtype"])
    tokenizer = load_tokenizer(stage.inputs["model"])
    form = PromptFormat(params["chat"], params["answer_style"])
    results = []
    for number, temperature in enumerate(temperatures, start=1):
        options = SamplingOptions.from_params(params, temperature)
        drawn = roll_out(
            model, tokenizer, problems, params["samples"], options, form, seed=stage.seed, stream=("temperature",)
        )
        results.append(measurement(temperature, drawn))
        stage.metrics(
            number,
            temperature=temperature,
            accuracy=results[-1].accuracy,
            distinct=results[-1].distinct_4_gram,
            identical_groups=identical_groups(drawn),
        )
        stage.progress(number, len(temperatures), accuracy=results[-1].accuracy)
    return results


def measurement(temperature: float, drawn) -> Measurement:
    """Accuracy over all samples; diversity within each problem's samples, averaged over problems."""
    diversity = mean([distinct_ngrams([r.ids for r in rollouts]) for rollouts in drawn])
    return Measurement(temperature, accuracy(drawn), diversity)


def report(measurements, chosen: Measurement, params):
    rows = [
        {"temperature": m.temperature, "accuracy": m.accuracy, "distinct_4_gram": m.distinct_4_gram}
        for m in measurements
    ]
    return {
        "chosen": chosen.temperature,
        "measurements": rows,
        "samples": params["samples"],
        "tolerance": params["tolerance"],
    }


if __name__ == "__main__":
    run_stage(program)

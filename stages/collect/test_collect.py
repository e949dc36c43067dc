import json

import pytest
from rig import from_stage, run_kind

SUMS = {
    "name": "chain_sum",
    "label": "sums",
    "config": {"max_terms": 2, "max_digits": 2},
    "prompt": "{expression}=",
    "tight": True,
}
APPLES = "Tom has {} red apples and gives two of them to his sister Ann. How many apples does Tom still have now?"
PEARS = "Tom has {} red apples and gives two of them to his sister Ann. How many apples does Tom still have?"


@pytest.fixture
def collect(tmp_path):
    def run(problems=(), benchmarks=None, seed=42, **params):
        inputs = {}
        if problems:
            inputs["problems"] = tmp_path / "raw"
            inputs["problems"].write_text("".join(json.dumps(row) + "\n" for row in problems), "utf-8")
        for name, rows in (benchmarks or {}).items():
            inputs["benchmarks"] = tmp_path / "sets"
            inputs["benchmarks"].mkdir(exist_ok=True)
            (inputs["benchmarks"] / name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return run_kind("collect", tmp_path / f"scratch-{seed}", params, inputs, seed)

    return run


def read(prompt, answer):
    return {"prompt": prompt, "answer": answer}


def dropped(done, split="train"):
    return {step: lost["count"] for step, lost in done.json("report")[split]["dropped"].items() if lost["count"]}


def test_generates_distinct_problems_and_holds_some_out(collect):
    done = collect(tasks=[{**SUMS, "count": 200}], evaluation_count=20, demonstrations=50)
    assert done.code == 0, done.stderr
    train, held_out, pairs = done.rows("train"), done.rows("evaluation"), done.rows("demonstrations")
    assert {row["metadata"]["benchmark"] for row in held_out} == {"sums"}
    assert len(held_out) == 20 and len(pairs) == 50
    prompts = [row["prompt"] for row in (*train, *held_out, *pairs)]
    assert len(prompts) == len(set(prompts))
    assert len({row["id"] for row in train}) == len(train)
    assert all(" " not in prompt and prompt.endswith("=") for prompt in prompts)


def test_demonstrations_draw_among_templates_and_may_show_the_steps(collect):
    templates = ["\\boxed{{answer}}", "{steps}\\boxed{{answer}}"]
    task = {**SUMS, "config": {"min_terms": 3, "max_terms": 3, "max_digits": 1}, "count": 60}
    done = collect(tasks=[task], demonstrations=40, completions=templates)
    assert done.code == 0, done.stderr
    completions = [row["completion"] for row in done.rows("demonstrations")]
    shown = [text for text in completions if "\n" in text]
    assert all(text.split("\n")[-1].startswith("\\boxed{") and text.endswith("}") for text in completions)
    assert 5 < len(shown) < 35
    assert all(text.count("\n") == 2 for text in shown)


def test_another_seed_gives_other_problems(collect):
    one, two = (collect(seed=seed, tasks=[{**SUMS, "count": 50}]) for seed in (1, 2))
    assert {r["id"] for r in one.rows("train")} != {r["id"] for r in two.rows("train")}


def test_reads_any_field_names_and_nested_ones(collect):
    rows = [{"messages": [{"content": "What is 1+1?"}], "reward_model": {"ground_truth": "2"}, "difficulty": "7/8"}]
    done = collect(rows, fields={"prompt": "messages.0.content", "answer": "reward_model.ground_truth"})
    assert done.code == 0, done.stderr
    (row,) = done.rows("train")
    assert (row["prompt"], row["answer"], row["task"]) == ("What is 1+1?", "2", "math")
    assert row["metadata"]["difficulty"] == "7/8"


def test_reads_parquet(tmp_path):
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"prompt": ["What is 3+4?"], "answer": ["7"]}), tmp_path / "raw")
    done = run_kind("collect", tmp_path / "s", {}, {"problems": tmp_path / "raw"})
    assert done.code == 0, done.stderr
    assert done.rows("train")[0]["answer"] == "7"


def test_drops_repetitions_whatever_their_spacing_case_and_unicode_form(collect):
    rows = [read("Caf\u00e9: what is 1+1?", "2"), read("Cafe\u0301:  What is 1+1? ", "2"), read("What is 1+2?", "3")]
    done = collect(rows)
    assert len(done.rows("train")) == 2
    assert dropped(done) == {"duplicate": 1}


def test_drops_rewordings_but_not_other_numbers(collect):
    done = collect([read(APPLES.format(5), "3"), read(PEARS.format(5), "3"), read(APPLES.format(6), "4")])
    assert dropped(done) == {"near duplicate": 1}
    assert len(done.rows("train")) == 2


def test_drops_what_the_evaluation_holds_by_shared_words(collect):
    told = "Yesterday my friend told me this: " + APPLES.format(9)
    done = collect([read(told, "7"), read("What is 2+5?", "7")], {"apples": [read(APPLES.format(9), "7")]})
    assert dropped(done) == {"contaminated": 1}
    assert [row["prompt"] for row in done.rows("train")] == ["What is 2+5?"]
    assert done.rows("evaluation")[0]["metadata"]["benchmark"] == "apples"


def test_short_prompts_are_contaminated_only_as_a_whole(collect):
    done = collect([read("What is 2 + 5?", "7"), read("What is 2+6?", "8")], {"short": [read("What is 2+5?", "7")]})
    assert dropped(done) == {"contaminated": 1}
    assert [row["answer"] for row in done.rows("train")] == ["8"]


def test_a_templates_wording_is_no_contamination():
    contamination = from_stage("collect", "contamination")
    wording = "please work out the following little sum with care and give only the number {}"

    def problem(n, made=False):
        mark = {contamination.MADE_BY: "sums"} if made else {}
        return {"id": str(n), "prompt": wording.format(n), "task": "sums", "metadata": {"label": "a"}, **mark}

    def evaluation(problems, boilerplate=10):
        return contamination.Evaluation(problems, [], contamination.Limits(13, boilerplate))

    read = [problem(n) for n in range(12)]
    assert evaluation(read).overlap(problem(99)) is None
    assert evaluation(read, 12).overlap(problem(99)) is not None
    made = evaluation([problem(1, made=True)])
    assert made.overlap(problem(99, made=True)) is None
    assert made.overlap(problem(99)) is not None
    assert made.overlap(problem(1, made=True)) == "is 1 of the evaluation"


INSTRUCTION = "Let's think step by step and output the final answer within \\boxed{}."
QUESTIONS = [
    "A farmer has {} hens and sells a dozen of them at the market. How many hens are left on the farm after that day?",
    "The product of two numbers is {} and one of them is three. What is the sum of the two numbers?",
    "Find the area of a square whose perimeter is {} centimetres, and give it in square centimetres.",
    "Ann runs {} laps of a track that is four hundred metres long. How many metres did she run?",
    "A train leaves at noon and travels at {} kilometres an hour. How far has it come by six in the evening?",
    "Write {} as a sum of two primes, and say how many ways there are to do that.",
    "How many even digits does {} have, and how many odd ones has it got beside them?",
]


def test_an_instruction_that_every_problem_ends_with_is_no_contamination(collect):
    held_out = [read(f"{QUESTIONS[i].format(9)} {INSTRUCTION}", "7") for i in range(4)]
    own = [read(f"{question.format(8)} {INSTRUCTION}", "7") for question in QUESTIONS[4:6]]
    # The one that is really there differs in its instruction.
    leaked = read(f"Think hard. {QUESTIONS[0].format(9)} Box it.", "7")
    done = collect([*own, leaked], {"sets": held_out})
    assert done.code == 0, done.stderr
    assert dropped(done) == {"contaminated": 1}
    assert {row["prompt"] for row in done.rows("train")} == {row["prompt"] for row in own}
    told = done.json("report")["decontamination"]["templates"]
    assert {k: v for k, v in told[0].items() if k in ("end", "set", "of")} == {"end": "suffix", "set": "sets", "of": 4}
    assert told[0]["words"].endswith("let ' s think step by step and output the final answer within \\ boxed { } .")


def test_a_genres_wording_is_no_contamination_and_a_leak_is_one_however_often_it_was_copied(collect):
    ending = "The answer is m over n where m and n are relatively prime positive integers. What is m plus n?"
    held_out = [read(f"{QUESTIONS[0].format(9)} {ending}", "7"), read(QUESTIONS[1].format(9), "7")]
    own = [read(f"{question.format(8)} {ending}", "7") for question in (QUESTIONS[3], QUESTIONS[4], QUESTIONS[6])]
    copies = [read(f"{start} {QUESTIONS[1].format(9)}", "7") for start in ("So:", "Now then.", "Question one.", "Q:")]
    done = collect([*own, *copies], {"sets": held_out})
    assert done.code == 0, done.stderr
    assert dropped(done) == {"contaminated": 4}
    assert len(done.rows("train")) == 3
    assert done.json("report")["decontamination"]["wording"][0]["training_problems"] == 3


def test_near_misses_are_shown(collect):
    near = "Ann runs 8 laps of a track that is four hundred metres long. How far is that?"
    done = collect([read(near, "7")], {"sets": [read(QUESTIONS[3].format(9), "7")]}, ngram=16)
    (miss,) = done.json("report")["decontamination"]["near_misses"]
    assert miss == {
        "words": 13,
        "shared": "laps of a track that is four hundred metres long . how",
        "prompt": near,
        "evaluation": QUESTIONS[3].format(9),
    } | {"words": len(miss["shared"].split())}


# Many people's data has such a column: it makes nobody's problem one of a generator's, whose wording is let pass.
@pytest.mark.parametrize("label", ["easy", 3, None, ["a", "b"], {"of": "mine"}])
def test_a_column_of_labels_hides_no_contamination(label, collect):
    told = {**read("Yesterday my friend told me this: " + APPLES.format(9), "7"), "label": label}
    done = collect(
        [told, {**read("What is 2+5?", "7"), "label": label}],
        {"apples": [{**read(APPLES.format(9), "7"), "label": label}]},
    )
    assert done.code == 0, done.stderr
    assert dropped(done) == {"contaminated": 1}
    assert done.rows("train")[0]["metadata"] == {"label": label}
    assert done.json("report")["train"]["tasks"] == {label if isinstance(label, str) else "math": 1}


def test_what_marks_a_generated_problem_is_not_written(collect):
    done = collect(tasks=[{**SUMS, "count": 5}], evaluation_count=2, demonstrations=1)
    names = {name for row in [*done.rows("train"), *done.rows("evaluation")] for name in row}
    assert names == {"answer", "id", "metadata", "prompt", "task"}


def test_drops_answers_that_their_own_verifier_refuses(collect):
    wrong = {"prompt": "Make 3.", "answer": "1 + 1", "task": "countdown", "metadata": {"numbers": [1, 1], "target": 3}}
    done = collect([wrong, read("What is 1+3?", "4"), read("", "4"), read("What is 1+5?", "")])
    assert len(done.rows("train")) == 1
    reasons = done.json("report")["train"]["dropped"]["invalid"]["reasons"]
    assert reasons == {"answer not accepted by its own verifier": 1, "empty prompt": 1, "empty answer": 1}


def test_fails_with_the_losses_when_too_little_is_left(collect):
    done = collect([read("What is 2+5?", "7")], {"short": [read("What is 2+5?", "7")]})
    assert done.code == 1
    assert done.stderr.splitlines()[-1] == (
        "error: 0 training problems are left, keep_at_least is 1: 1 were read, and of these 1 contaminated dropped."
    )


def test_too_small_a_task_is_named(collect):
    done = collect(tasks=[{**SUMS, "config": {"max_terms": 2, "max_digits": 1}, "count": 5000}])
    assert done.code == 1
    assert "sums has 200 distinct problems in 100000 tries, but count is 5000" in done.stderr


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ({"name": "rubiks_cube", "count": 1}, "no answer to rubiks_cube"),
        ({"name": "no_such_task", "count": 1}, "refuses the task 'no_such_task'"),
        ({**SUMS, "count": 1, "config": {"max_trems": 2}}, "max_trems"),
        ({**SUMS, "count": 1, "templte": "x"}, "may have config, count, label, name, prompt, tight"),
        ({**SUMS, "count": 1, "prompt": "{expresion}="}, "names {expresion}"),
    ],
)
def test_misspelt_tasks_fail_with_a_sentence(collect, task, said):
    done = collect(tasks=[task])
    assert done.code == 1
    assert said in done.stderr and "Traceback" not in done.stderr

from rig import run_kind

COPY = ["python", "-c", "import shutil; shutil.copyfile('inputs/text', 'outputs/copy')"]


def test_runs_an_argv_with_inputs_and_outputs_of_its_own(tmp_path):
    (tmp_path / "text").write_text("hello\n")
    done = run_kind("command", tmp_path / "s", {"argv": COPY}, {"text": tmp_path / "text"}, outputs=("copy",))
    assert done.code == 0, done.stderr
    assert done.output("copy").read_text() == "hello\n"


def test_arguments_reach_the_program_without_a_shell(tmp_path):
    show = "import sys; open('outputs/seen', 'w').write(sys.argv[1])"
    argv = ["python", "-c", show, "$HOME; *"]
    done = run_kind("command", tmp_path / "s", {"argv": argv}, outputs=("seen",))
    assert done.output("seen").read_text() == "$HOME; *"


def test_the_exit_code_is_the_programs(tmp_path):
    done = run_kind("command", tmp_path / "s", {"argv": ["python", "-c", "raise SystemExit(75)"]})
    assert done.code == 75

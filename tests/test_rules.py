"""The register and the suite agree, and the tool that says so can say no."""

import os
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from tests import rules

REGISTER = """
## AA: letters
- [x] AA1 Proven.
- [x] AA2 Claimed, and nobody tests it.
- [x] AA3 Claimed, and one of its cases fails.
- [x] AA4 Claimed, and its test is skipped.
- [ ] AA5 Proven, and not claimed.
- [ ] AA6 Nothing yet.
"""

TESTS = """
import pytest

@pytest.mark.rule("AA1", "AA5")
def test_good():
    pass

@pytest.mark.rule("AA3")
@pytest.mark.parametrize("number", [1, 2])
def test_half(number):
    assert number == 1

@pytest.mark.rule("AA4")
@pytest.mark.skip
def test_later():
    pass

@pytest.mark.rule("AA7")
def test_of_nothing():
    pass

def test_of_no_rule():
    assert False
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # The inner pytest must not take itself for a worker of the outer one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "tests.rules", *arguments],
        cwd=rules.ROOT,
        env={**environment, "PYTHONUTF8": "1"},
        encoding="utf-8",
        capture_output=True,
        check=False,
    )


@pytest.fixture
def example(tmp_path: Path) -> list[str | Path]:
    (tmp_path / "domain.md").write_text(REGISTER, encoding="utf-8")
    (tmp_path / "test_example.py").write_text(TESTS, encoding="utf-8")
    return ["--register", tmp_path / "domain.md", tmp_path / "test_example.py"]


def test_every_claimed_rule_has_a_test_and_every_test_names_real_rules() -> None:
    answer = run("--claims")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_no_rule_got_lost() -> None:
    register = rules.read_register(rules.REGISTER.read_text(encoding="utf-8"))
    assert len(register) > 90
    for letters, group in groupby(register, key=lambda rule: rule.id[:2]):
        numbers = [int(rule.id[2:]) for rule in group]
        assert numbers == list(range(1, len(numbers) + 1)), letters


def test_the_register_is_shown_with_its_tests(example: list[str | Path]) -> None:
    answer = run(*example)
    lines = answer.stdout.splitlines()
    assert answer.returncode == 1
    assert [line[:7] for line in lines if line.startswith("AA") and line[2:3].isdigit()] == [
        "AA1   ✓",
        "AA2   ✗",
        "AA3   ✗",
        "AA4   ✗",
        "AA5   ✓",
        "AA6   ·",
    ]
    assert any(line.endswith("test_half (2 cases) failed") for line in lines)
    complaints = [line for line in lines if line.startswith("✗")]
    assert complaints[0].endswith("test_of_nothing names AA7, which is not in the register.")
    assert complaints[1:] == [
        "✗ AA2 is claimed done, but no test names it.",
        "✗ AA3 has a test that fails.",
        "✗ AA4 has a test that is only skipped.",
    ]
    assert lines[-3:] == [
        "   4 rules claimed done",
        "   2 rules with passing tests; not claimed: AA5",
        "   2 rules not yet claimed",
    ]


def test_claims_are_judged_without_running_a_test(example: list[str | Path]) -> None:
    answer = run("--claims", *example)
    assert answer.returncode == 1
    assert "AA7, which is not in the register" in answer.stdout
    assert "AA2 is claimed done" in answer.stdout
    assert "AA3" not in answer.stdout


@pytest.mark.parametrize(
    "line", ["- AA1 No box.", "- [X] AA1 A large cross.", "- [ ] AA1", "* [ ] AA1 A star.", "-[ ] AA1 No space."]
)
def test_a_badly_written_rule_is_not_passed_over(line: str) -> None:
    with pytest.raises(ValueError, match="AA1"):
        rules.read_register(line)


def test_a_rule_stands_in_the_register_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        rules.read_register("- [ ] AA1 One.\n- [x] AA1 Two.")

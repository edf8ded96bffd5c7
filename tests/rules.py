"""The rule register, held against the tests that name its rules: `make rules`.

Also a pytest plugin (`-p tests.rules`), which writes the rules that a test names into the test's reports.
"""

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
REGISTER = ROOT / "docs" / "domain.md"
RULE = re.compile(r"- \[(?P<box>[ x])\] (?P<id>[A-Z]{2}\d+) (?P<text>\S.*)")
NEARLY_A_RULE = re.compile(r"\s*[-*]\s*(\[.*?\])?\s*[A-Z]{2}\d")

# The worst thing that happened to a test is what counts.
OUTCOMES = ["collected", "passed", "skipped", "failed"]
COLOURS = {"✓": "green", "✗": "bold red", "·": "dim"}


@dataclass(frozen=True)
class Rule:
    id: str
    text: str
    done: bool
    chapter: str


@dataclass
class Proof:
    """A test that names rules, with what came of each of its cases."""

    name: str
    rules: set[str] = field(default_factory=set)
    cases: dict[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        return max(self.cases.values(), key=OUTCOMES.index)


@dataclass
class Gathering:
    """What one run of pytest says about rules."""

    proofs: dict[str, Proof] = field(default_factory=dict)

    def add(self, case: str, properties: Iterable[tuple[str, object]], outcome: str) -> None:
        rules = {str(value) for name, value in properties if name == "rule"}
        name = case.partition("[")[0].removeprefix("tests/")
        proof = self.proofs.setdefault(name, Proof(name))
        proof.rules |= rules
        proof.cases[case] = max(proof.cases.get(case, outcome), outcome, key=OUTCOMES.index)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            self.add(item.nodeid, item.user_properties, "collected")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # That setting up went well is no proof of anything.
        if report.when == "call" or not report.passed:
            self.add(report.nodeid, report.user_properties, report.outcome)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Markers stay in the process that runs the test; properties travel with its reports."""
    for item in items:
        for marker in item.iter_markers("rule"):
            item.user_properties.extend(("rule", rule) for rule in marker.args)


def read_register(text: str) -> list[Rule]:
    """Read the register's rules, in its order."""
    rules: dict[str, Rule] = {}
    chapter = ""
    for line in text.splitlines():
        if line.startswith("## "):
            chapter = line.removeprefix("## ")
        elif match := RULE.fullmatch(line):
            rule = Rule(match["id"], match["text"], match["box"] == "x", chapter)
            if rule.id in rules:
                raise ValueError(f"{rule.id} is in the register twice.")
            rules[rule.id] = rule
        elif NEARLY_A_RULE.match(line):
            raise ValueError(f"This line looks like a rule, but is not written like one: {line}")
    return list(rules.values())


def gather(arguments: list[str]) -> tuple[int, str, list[Proof]]:
    """Run pytest on the tests that name rules: its exit code, what it said, and the tests."""
    gathering = Gathering()
    said = io.StringIO()
    ours = ["-c", str(ROOT / "pyproject.toml"), "-p", "tests.rules", "-m", "rule"]
    # In its own folder: pytest closes the folder shared by all runs to others each time that it starts, also to the
    # user as whom the database of a run by root is running.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.redirect_stdout(said):
        code = pytest.main([*ours, f"--basetemp={folder}/run", *arguments], plugins=[gathering])
    return int(code), said.getvalue(), sorted(gathering.proofs.values(), key=lambda proof: proof.name)


def proving(rule: Rule, proofs: list[Proof]) -> list[Proof]:
    """The tests that name this rule."""
    return [proof for proof in proofs if rule.id in proof.rules]


def state(rule: Rule, proofs: list[Proof]) -> str:
    """✓: proven by tests that pass; ✗: a test fails, or the claim has none that passes; ·: nothing yet."""
    outcomes = {outcome for proof in proving(rule, proofs) for outcome in proof.cases.values()}
    if "failed" in outcomes:
        return "✗"
    if "passed" in outcomes:
        return "✓"
    return "✗" if rule.done else "·"


def unknown(rules: list[Rule], proofs: list[Proof]) -> list[str]:
    """Complaints about tests that name a rule which is not in the register."""
    known = {rule.id for rule in rules}
    return [
        f"{proof.name} names {name}, which is not in the register."
        for proof in proofs
        for name in sorted(proof.rules - known)
    ]


def untested(rules: list[Rule], proofs: list[Proof]) -> list[str]:
    """Complaints about claims that no test makes good."""
    return [
        f"{rule.id} is claimed done, but no test names it." for rule in rules if rule.done and not proving(rule, proofs)
    ]


def unproven(rules: list[Rule], proofs: list[Proof]) -> list[str]:
    """Complaints about rules whose tests do not pass."""
    complaints = []
    for rule in rules:
        tests = proving(rule, proofs)
        if tests and state(rule, proofs) == "✗":
            why = "fails" if any(proof.outcome == "failed" for proof in tests) else "is only skipped"
            complaints.append(f"{rule.id} has a test that {why}.")
    return complaints


def show(console: Console, rules: list[Rule], proofs: list[Proof]) -> None:
    """Print the register: each rule, and under it the tests that prove it."""
    chapter = ""
    for rule in rules:
        if rule.chapter != chapter:
            chapter = rule.chapter
            console.print(Text(f"\n{chapter}", style="bold"))
        mark = state(rule, proofs)
        line = Text.assemble(f"{rule.id:<5} ", (mark, COLOURS[mark]), f" {rule.text}")
        console.print(line, no_wrap=True, overflow="ellipsis")
        for proof in proving(rule, proofs):
            cases = f" ({len(proof.cases)} cases)" if len(proof.cases) > 1 else ""
            outcome = "" if proof.outcome == "passed" else f" {proof.outcome}"
            console.print(Text.assemble(f"        {proof.name}{cases}", (outcome, "red")), soft_wrap=True)


def count(console: Console, rules: list[Rule], proofs: list[Proof]) -> None:
    """Print how far we are."""
    done = sum(rule.done for rule in rules)
    proven = [rule for rule in rules if state(rule, proofs) == "✓"]
    early = ", ".join(rule.id for rule in proven if not rule.done)
    console.print()
    console.print(f"{done:>4} rules claimed done")
    console.print(f"{len(proven):>4} rules with passing tests" + (f"; not claimed: {early}" if early else ""))
    console.print(f"{len(rules) - done:>4} rules not yet claimed")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.rules", description="The rules, and their tests.")
    parser.add_argument("--claims", action="store_true", help="run no test, only hold names against names")
    parser.add_argument("--register", type=Path, default=REGISTER, help="where the rules are written")
    parser.add_argument("tests", nargs="*", default=[str(ROOT / "tests")], help="where the tests are")
    options = parser.parse_args()

    # A pipe has no width of its own.
    console = Console(width=None if sys.stdout.isatty() else 110, highlight=False, markup=False, emoji=False)
    rules = read_register(options.register.read_text(encoding="utf-8"))
    code, said, proofs = gather([*(["--collect-only", "-q"] if options.claims else ["-n", "2"]), *options.tests])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        print(said, file=sys.stderr)
        if code != pytest.ExitCode.TESTS_FAILED:
            return code

    if options.claims:
        complaints = unknown(rules, proofs) + untested(rules, proofs)
    else:
        complaints = unknown(rules, proofs) + untested(rules, proofs) + unproven(rules, proofs)
        show(console, rules, proofs)
    if complaints:
        console.print()
    for complaint in complaints:
        console.print(Text.assemble(("✗ ", "bold red"), complaint), soft_wrap=True)
    if not options.claims:
        count(console, rules, proofs)
    return 1 if complaints or code == pytest.ExitCode.TESTS_FAILED else 0


if __name__ == "__main__":
    sys.exit(main())

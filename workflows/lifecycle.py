"""Lifecycles are tables: which step leads from where to where."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True)
class Step(Generic[S]):
    """A named way from some statuses to one."""

    name: str
    sources: frozenset[S]
    target: S


class Lifecycle(Generic[S]):
    """A noun's statuses and the steps between them."""

    def __init__(self, noun: str, start: S, steps: Iterable[Step[S]]) -> None:
        self.noun = noun
        self.start = start
        self.steps = tuple(steps)

    def step(self, source: S, target: S) -> Step[S] | None:
        """The step from one status to the other, or None where there is none."""
        return next((step for step in self.steps if step.target == target and source in step.sources), None)

    def allows(self, name: str, source: S) -> bool:
        """Whether the step of this name is open here."""
        return any(step.name == name and source in step.sources for step in self.steps)

    def open(self, source: S) -> list[S]:
        """Where one can go from here."""
        return [step.target for step in self.steps if source in step.sources]

    def diagram(self) -> str:
        """The table as a Mermaid diagram; steps open from every status are drawn from one node."""
        statuses = type(self.start)
        lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {self.start.value}"]
        for step in self.steps:
            if step.sources == frozenset(statuses):
                lines.append(f"    any --> {step.target.value}: {step.name}")
            else:
                lines += [f"    {s.value} --> {step.target.value}: {step.name}" for s in statuses if s in step.sources]
        return "\n".join([*lines, "```"])

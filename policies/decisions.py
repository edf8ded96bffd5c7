"""Decisions: allowed or not, and the rule that decided."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of a policy to "may they?". `rule` is an id of the rule register."""

    allowed: bool
    rule: str
    reason: str


def allow(rule: str, reason: str) -> Decision:
    """Yes, by this rule."""
    return Decision(True, rule, reason)


def deny(rule: str, reason: str) -> Decision:
    """No, by this rule."""
    return Decision(False, rule, reason)

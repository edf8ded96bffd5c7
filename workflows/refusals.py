"""Why a change was not made: what a person can understand and mend."""

from enum import StrEnum

from models.base import Id
from policies.decisions import Decision


class Refusal(StrEnum):
    """The kinds of refusal."""

    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    INVALID = "invalid"
    BLANK = "blank"
    TOO_LONG = "too_long"
    CONSENT_REQUIRED = "consent_required"
    RATE_LIMITED = "rate_limited"


class RefusedError(Exception):
    """A change is refused, and nothing of it is done."""

    def __init__(self, code: Refusal, message: str, *field: str, current: Id | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
        self.current = current
        """The record whose current state answers a conflict."""

    @property
    def refusals(self) -> "list[RefusedError]":
        """Each single reason."""
        return [self]


class ManyRefusedError(RefusedError):
    """A change of many records is refused for some of them, and so nothing of it is done."""

    def __init__(self, refusals: list[RefusedError]) -> None:
        first = refusals[0]
        super().__init__(first.code, first.message, *first.field)
        self._refusals = refusals

    @property
    def refusals(self) -> list[RefusedError]:
        """Each single reason, by the place of its record in the input."""
        return self._refusals


def not_found(what: str, *field: str) -> RefusedError:
    """The same answer for what does not exist and for what they may not see."""
    return RefusedError(Refusal.NOT_FOUND, f"There is no such {what}.", *field)


def require(decision: Decision, *field: str) -> None:
    """Refuse unless the policy allows it."""
    if not decision.allowed:
        raise RefusedError(Refusal.FORBIDDEN, decision.reason, *field)


def expect_version(found: int, expected: int | None, record_id: Id) -> None:
    """Refuse if the record changed since the version that the change was based on (XX7)."""
    if expected is not None and expected != found:
        message = f"It was changed meanwhile: it is at version {found}, not {expected}."
        raise RefusedError(Refusal.CONFLICT, message, "expectedVersion", current=record_id)

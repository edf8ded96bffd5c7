"""What the viewer may do with a record now, decided by the policies that will judge the change (XX4)."""

import strawberry

from policies.decisions import Decision
from schema.fields import described


@described
class Permit:
    """Whether something is allowed, and the rule that decided."""

    allowed: bool = strawberry.field(description="Whether it is allowed.")
    rule: str = strawberry.field(description="The id of the deciding rule in the rule register.")
    reason: str = strawberry.field(description="The rule in words.")


def permit(decision: Decision) -> dict[str, object]:
    """The source of a `Permit`."""
    return {"allowed": decision.allowed, "rule": decision.rule, "reason": decision.reason}


@described
class Withheld:
    """A field that is null because the viewer may not see it."""

    field: str = strawberry.field(description="The field's name.")
    reason: str = strawberry.field(description="The rule in words.")

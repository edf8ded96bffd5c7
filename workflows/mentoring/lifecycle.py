"""The statuses of a mentoring request, and the steps between them (SC5)."""

from models.mentoring import MentoringStatus as S
from workflows.lifecycle import Lifecycle, Step

_WITH_MENTOR = frozenset({S.ASSIGNED_PENDING, S.ASSIGNED})
_IN_QUEUE = frozenset({S.UNASSIGNED, S.PENDING_REASSIGNMENT})
_PENDING = frozenset({S.ASSIGNED_PENDING})

LIFECYCLE = Lifecycle(
    "mentoring request",
    S.UNASSIGNED,
    [
        Step("assign", _IN_QUEUE, S.ASSIGNED_PENDING),
        Step("reassign", _WITH_MENTOR, S.ASSIGNED_PENDING),
        Step("accept", _PENDING, S.ASSIGNED),
        Step("decline", _PENDING, S.PENDING_REASSIGNMENT),
        Step("time out", _PENDING, S.PENDING_REASSIGNMENT),
        Step("put back", _PENDING, S.PENDING_REASSIGNMENT),
        Step("hand back", frozenset({S.ASSIGNED}), S.PENDING_REASSIGNMENT),
        Step("transfer", frozenset(S), S.UNASSIGNED),
    ],
)

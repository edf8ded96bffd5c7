"""What can come of a submission. Who has to act is another matter: its approvals say that, in their order."""

from models.progressions import ProgressionStatus as S
from workflows.lifecycle import Lifecycle, Step

_OPEN = frozenset({S.PENDING})

LIFECYCLE = Lifecycle(
    "progression",
    S.PENDING,
    [
        Step("approve for the last time", _OPEN, S.APPROVED),
        Step("deny", _OPEN, S.DENIED),
        Step("withdraw", _OPEN, S.WITHDRAWN),
    ],
)

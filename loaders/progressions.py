"""How submissions are fetched together."""

from sqlalchemy import Boolean, Text, any_, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY

from loaders.edges import Many, One, Order, of_id
from models.progressions import Approval, Progression
from policies import progressions as policy

_newest_first = Order((Progression.created_at, Progression.id), descending=True)
_filters = {
    "status": lambda: Progression.status == any_(bindparam("status", type_=ARRAY(Text()))),
    "kind": lambda: Progression.kind == any_(bindparam("kind", type_=ARRAY(Text()))),
    "client_id": of_id("client_id", Progression.client_id),
    "program_id": of_id("program_id", Progression.program_id),
    "phase_id": of_id("phase_id", Progression.phase_id),
    "campus_id": of_id("campus_id", Progression.campus_id),
    "submitted_by_id": of_id("submitted_by_id", Progression.submitted_by_id),
    "warned": lambda: (func.jsonb_array_length(Progression.warnings) > 0) == bindparam("warned", type_=Boolean()),
    "stale": lambda: policy.stale() == bindparam("stale", type_=Boolean()),
}

by_id = One(Progression, Progression.id, policy.visible)
visible = Many(Progression, None, policy.visible, _newest_first, where=_filters)
queue = Many(Progression, None, policy.queue, Order((Progression.created_at, Progression.id)), where=_filters)
of_client = Many(Progression, Progression.client_id, policy.visible, _newest_first, where=_filters)
approvals_of_progression = Many(
    Approval, Approval.progression_id, policy.approval_visible, Order((Approval.number, Approval.id))
)

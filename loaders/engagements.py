"""How engagements are fetched together."""

from sqlalchemy import Text, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from loaders.edges import Many, One, Order, of_id
from models.engagements import CaseManagerAssignment, Engagement, Outcome
from policies import engagements as policy

_newest_first = Order((Engagement.started_at, Engagement.id), descending=True)
_filters = {
    "status": lambda: Engagement.status == any_(bindparam("status", type_=ARRAY(Text()))),
    "client_id": of_id("client_id", Engagement.client_id),
    "program_id": of_id("program_id", Engagement.program_id),
    "phase_id": of_id("phase_id", Engagement.phase_id),
    "campus_id": of_id("campus_id", Engagement.campus_id),
    "case_manager_id": of_id("case_manager_id", Engagement.case_manager_id),
}

by_id = One(Engagement, Engagement.id, policy.visible)
inside = Many(Engagement, None, policy.inside, _newest_first, where=_filters)
caseload = Many(Engagement, None, policy.caseload, _newest_first, where=_filters)
alerts = Many(Engagement, None, policy.alerts, _newest_first, where=_filters)
own = Many(Engagement, None, policy.own, _newest_first, where=_filters)
of_client = Many(Engagement, Engagement.client_id, policy.visible, _newest_first, where=_filters)
assignments_of_engagement = Many(
    CaseManagerAssignment,
    CaseManagerAssignment.engagement_id,
    lambda who: policy.work_visible(who, CaseManagerAssignment.engagement_id),
    Order((CaseManagerAssignment.started_at, CaseManagerAssignment.id), descending=True),
)
outcomes_of_engagement = Many(
    Outcome,
    Outcome.engagement_id,
    lambda who: policy.work_visible(who, Outcome.engagement_id),
    Order((Outcome.area, Outcome.id)),
)

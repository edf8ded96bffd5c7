"""How partner companies, their units and their case managers are fetched together."""

from sqlalchemy import and_, bindparam, func

from loaders.edges import Many, One, Order
from models.organizations import Organization
from models.partners import BusinessUnit, CaseManager, Position
from policies import organizations as organization_policy
from policies import partners as policy
from policies.actors import ONE

_by_name = Order((CaseManager.last_name, CaseManager.first_name, CaseManager.id))
_filters = {
    "search": lambda: func.concat(CaseManager.first_name, " ", CaseManager.last_name).icontains(
        bindparam("search"), autoescape=False
    ),
    "active": lambda: CaseManager.deactivated_at.is_(None) == bindparam("active"),
    "recruitment_status": lambda: and_(
        policy.details_visible(ONE), CaseManager.recruitment_status == bindparam("recruitment_status")
    ),
}

by_id = One(CaseManager, CaseManager.id, policy.visible)
visible = Many(CaseManager, None, policy.visible, _by_name, where=_filters)
of_company = Many(CaseManager, CaseManager.company_id, policy.visible, _by_name, where=_filters)
of_unit = Many(CaseManager, CaseManager.business_unit_id, policy.visible, _by_name, where=_filters)
unit_by_id = One(BusinessUnit, BusinessUnit.id, policy.unit_visible)
units_of_company = Many(
    BusinessUnit, BusinessUnit.company_id, policy.unit_visible, Order((BusinessUnit.name, BusinessUnit.id))
)
position_by_id = One(Position, Position.id, policy.position_visible)
positions_of_organization = Many(
    Position, Position.organization_id, policy.position_visible, Order((Position.name, Position.id))
)
companies_of_organization = Many(
    Organization,
    Organization.partner_of_id,
    organization_policy.visible,
    Order((Organization.name, Organization.id)),
)

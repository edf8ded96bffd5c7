"""How organizations and what is inside them are fetched together."""

from sqlalchemy import bindparam

from loaders.edges import Many, One, Order
from models.organizations import Group, Organization, Site
from models.programs import ProgramSite
from policies import organizations as policy

by_id = One(Organization, Organization.id, policy.visible)
all_of_them = Many(
    Organization,
    None,
    policy.visible,
    Order((Organization.name, Organization.id)),
    where={"search": lambda: Organization.name.icontains(bindparam("search"))},
)
site_by_id = One(Site, Site.id, policy.visible)
sites_of_organization = Many(Site, Site.organization_id, policy.visible, Order((Site.name, Site.id)))
sites_of_program = Many(
    Site,
    ProgramSite.program_id,
    policy.visible,
    Order((Site.name, Site.id)),
    joins=((ProgramSite, ProgramSite.site_id == Site.id),),
)
group_by_id = One(Group, Group.id, policy.group_visible)
groups_of_organization = Many(
    Group,
    Group.organization_id,
    policy.group_visible,
    Order((Group.name, Group.id)),
    where={"search": lambda: Group.name.icontains(bindparam("search"))},
)

"""Who asks: a person with the rights they hold right now.

`Who` names an actor's rights inside SQL. The predicates of the other policies are written once against it, and then
bound either to one actor (`ONE`: parameters, filled in by `Actor.parameters()`) or to many at once (`everyone(...)`:
columns of a query over their memberships), so that a thousand streams can be decided in one statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY

from models.base import Id
from models.chapters import Chapter
from models.clients import Client, ClientNavigator, PortalStatus
from models.database import Reads, Row, Statement, written
from models.partners import CaseManager
from models.people import Membership, MembershipRole, Permission, Placement, Role, Session, User

UUID = Uuid(as_uuid=False)
UUIDS = ARRAY(UUID)
TEXTS = ARRAY(Text())

RIGHTS = (
    "organizations", "client_organizations", "programs", "teams", "clients", "navigated", "intakes",
    "partner_organizations",
)  # fmt: skip


@dataclass(frozen=True)
class Who:
    """An actor's rights as SQL expressions."""

    id: ColumnElement[Any]
    organizations: ColumnElement[Any]
    """Where they are a member."""
    client_organizations: ColumnElement[Any]
    """Whose client records they may open."""
    programs: ColumnElement[Any]
    """Which they work on: they are claimers of these."""
    teams: ColumnElement[Any]
    """Their groups, programs and business unit, which may share what their members refer."""
    clients: ColumnElement[Any]
    """The client records that are about them."""
    navigated: ColumnElement[Any]
    """The clients whose navigator they are, in organizations that they belong to."""
    intakes: ColumnElement[Any]
    """The chapters whose intake of mentoring requests they coordinate."""
    partner_organizations: ColumnElement[Any]
    """Whose partner companies they look after."""


def _bound(prefix: str) -> Who:
    return Who(id=bindparam(f"{prefix}_id", type_=UUID), **{n: bindparam(f"{prefix}_{n}", type_=UUIDS) for n in RIGHTS})


ONE = _bound("actor")
FORMER = _bound("former")
"""The rights somebody had before, beside `ONE`: what they lost is visible to the former and not to the present."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person and what they may do, as it was read a moment ago. Equal rights compare equal."""

    id: Id | None
    organizations: frozenset[Id] = frozenset()
    client_organizations: frozenset[Id] = frozenset()
    programs: frozenset[Id] = frozenset()
    teams: frozenset[Id] = frozenset()
    clients: frozenset[Id] = frozenset()
    navigated: frozenset[Id] = frozenset()
    intakes: frozenset[Id] = frozenset()
    partner_organizations: frozenset[Id] = frozenset()
    permissions: frozenset[str] = frozenset()

    def may(self, permission: Permission, organization_id: Id | None) -> bool:
        """Whether a role of theirs in this organization carries the permission."""
        return f"{organization_id}:{permission}" in self.permissions

    def organizations_with(self, permission: Permission) -> list[Id]:
        """The organizations in which a role of theirs carries the permission, always in the same order."""
        return sorted(id for id in self.organizations if self.may(permission, id))

    def parameters(self, prefix: str = "actor") -> dict[str, Any]:
        """The values of the parameters that `ONE` stands for, or `FORMER`."""
        return {f"{prefix}_id": self.id, **{f"{prefix}_{name}": written(getattr(self, name)) for name in RIGHTS}}

    def changed(self, less: Mapping[str, Any], more: Mapping[str, Any]) -> Actor:
        """These rights without some and with others, each by the name of its field."""
        return replace(self, **{n: getattr(self, n).difference(less.get(n, ())).union(more.get(n, ())) for n in RIGHTS})

    def topics(self) -> frozenset[str]:
        """The topics of all events that may concern them: visible to them implies one of these."""
        return frozenset(
            [f"user:{self.id}"]
            + [f"organization:{id}" for id in self.organizations]
            + [f"clients-of:{id}" for id in self.client_organizations]
            + [f"program:{id}" for id in self.programs]
            + [f"team:{id}" for id in self.teams]
            + [f"client:{id}" for id in self.clients]
            + [f"navigator-of:{id}" for id in self.navigated]
            + [f"intake:{id}" for id in self.intakes]
            + ["mentors"] * bool(self.intakes)
            + [f"partners-of:{id}" for id in self.partner_organizations]
        )

    def anyone(self) -> Actor:
        """These rights without the person: what a colleague with the same rights would see."""
        return replace(self, id=None)


def shut_out() -> ColumnElement[bool]:
    """A user may not sign in: they are banned, or they have no other standing than records that ban them (EL5)."""
    banned = Client.portal_status.is_not_distinct_from(PortalStatus.BANNED.value)
    theirs = Client.user_id == User.id
    return or_(
        User.banned_at.is_not(None),
        and_(
            exists().where(theirs, banned),
            ~exists().where(theirs, ~banned, Client.deleted_at.is_(None)),
            ~exists().where(Membership.user_id == User.id, Membership.ended_at.is_(None)),
        ),
    )


def everyone(users: ColumnElement[bool]) -> Subquery:
    """A query of the rights, as they are now, of the people who match: a column for each field of `Who`, and more."""
    current = (Membership.user_id == User.id, Membership.ended_at.is_(None))
    placed = (*current, Placement.membership_id == Membership.id, Placement.ended_at.is_(None))

    navigates = (
        *current,
        ClientNavigator.user_id == User.id,
        Client.id == ClientNavigator.client_id,
        Client.organization_id == Membership.organization_id,
        Client.deleted_at.is_(None),
    )

    in_unit = (
        *current,
        CaseManager.user_id == User.id,
        CaseManager.company_id == Membership.organization_id,
        CaseManager.business_unit_id.is_not(None),
        CaseManager.deactivated_at.is_(None),
    )

    def whole(values: ColumnElement[Any], type_: Any = UUIDS) -> ColumnElement[Any]:
        return func.coalesce(values, cast(literal("{}"), type_), type_=type_)

    def array(value: Any, *where: Any) -> ColumnElement[Any]:
        return whole(select(func.array_agg(value, type_=UUIDS)).where(*where).correlate(User).scalar_subquery())

    def gathered(value: Any, *where: Any, type_: Any = UUIDS) -> ColumnElement[Any]:
        return whole(func.array_agg(value, type_=type_).filter(*where), type_)

    def carries(permission: Permission) -> ColumnElement[bool]:
        return literal(permission.value) == any_(Role.permissions)

    permissions = func.concat(cast(Role.organization_id, Text), ":", func.array_to_string(Role.permissions, ","))
    held = (
        select(
            gathered(Membership.organization_id, true()).label("organizations"),
            gathered(Role.organization_id, carries(Permission.VIEW_CLIENTS)).label("client_organizations"),
            gathered(Chapter.id, carries(Permission.COORDINATE_INTAKE), Chapter.id.is_not(None)).label("intakes"),
            gathered(Role.organization_id, carries(Permission.MANAGE_PARTNERS)).label("partner_organizations"),
            gathered(permissions, Role.id.is_not(None), type_=TEXTS).label("permissions"),
        )
        .select_from(Membership)
        .outerjoin(MembershipRole, MembershipRole.membership_id == Membership.id)
        .outerjoin(Role, Role.id == MembershipRole.role_id)
        .outerjoin(Chapter, Chapter.id == Role.organization_id)
        .where(*current)
        .correlate(User)
        .lateral("held")
    )
    team = func.coalesce(Placement.group_id, Placement.program_id)
    at = (
        select(
            gathered(Placement.program_id, Placement.program_id.is_not(None)).label("programs"),
            gathered(team, team.is_not(None)).label("teams"),
        )
        .where(*placed)
        .correlate(User)
        .lateral("at")
    )
    return (
        select(
            User.id.label("id"),
            shut_out().label("banned"),
            *held.c,
            at.c.programs,
            func.array_cat(at.c.teams, array(CaseManager.business_unit_id, *in_unit), type_=UUIDS).label("teams"),
            array(
                Client.id,
                Client.user_id == User.id,
                Client.deleted_at.is_(None),
                Client.portal_status.is_distinct_from(PortalStatus.BANNED.value),
            ).label("clients"),
            array(Client.id, *navigates).label("navigated"),
        )
        .select_from(User)
        .join(held, true())
        .join(at, true())
        .where(users)
        .subquery("rights")
    )


def each(rights: Subquery) -> Who:
    """The rights of everyone in that query, for a predicate over all of them."""
    return Who(id=rights.c.id, **{name: rights.c[name] for name in RIGHTS})


def actor_from(row: Row) -> Actor:
    """The actor whose rights the row holds."""
    return Actor(
        id=row["id"],
        permissions=frozenset(
            f"{organization}:{permission}"
            for organization, _, permissions in (role.partition(":") for role in row["permissions"])
            for permission in permissions.split(",")
        ),
        **{name: frozenset(row[name]) for name in RIGHTS},
    )


_rights_of_one = everyone(User.id == bindparam("user_id", type_=UUID))
_ACTOR = Statement(select(_rights_of_one).where(_rights_of_one.c.banned.is_(False)))
_ACTOR_IN_SESSION = Statement(
    select(_rights_of_one).where(
        _rights_of_one.c.banned.is_(False),
        exists().where(
            Session.id == bindparam("session_id", type_=UUID),
            Session.user_id == _rights_of_one.c.id,
            Session.revoked_at.is_(None),
        ),
    )
)


async def actor(reads: Reads, user_id: Id, *, session_id: Id | None = None) -> Actor | None:
    """The person with their rights of this moment; None if they are banned, unknown, or their session is revoked."""
    if session_id is None:
        row = await reads.row(_ACTOR, user_id=user_id)
    else:
        row = await reads.row(_ACTOR_IN_SESSION, user_id=user_id, session_id=session_id)
    return None if row is None else actor_from(row)

"""Organizations: what they are made of, and their settings."""

from sqlalchemy import bindparam, select

from models.base import Base, Id, new_id
from models.database import Row, Statement, Transaction
from models.organizations import Group, Organization, OrganizationKind, Site
from models.programs import Program
from policies import organizations as policy
from policies.actors import UUID, Actor
from policies.decisions import Decision
from workflows import clock, text
from workflows.record import record_inside
from workflows.refusals import expect_version, not_found, require


def _lock(table: type[Base]) -> Statement:
    row: type[Group] | type[Program] = table  # type: ignore[assignment]
    return Statement(select(row).where(row.id == bindparam("id", type_=UUID)).with_for_update(key_share=True))


_LOCK_ORGANIZATION = Statement(
    select(Organization).where(Organization.id == bindparam("id", type_=UUID)).with_for_update(key_share=True)
)
_ENROLMENT = Statement(
    select(Program)
    .where(Program.organization_id == bindparam("organization_id", type_=UUID), Program.is_enrolment)
    .with_for_update(key_share=True)
)
_LOCK_TEAM: dict[type[Base], Statement] = {Group: _lock(Group), Program: _lock(Program)}


async def create(transaction: Transaction, *, name: str, kind: OrganizationKind) -> Id:
    """Take a member into the network. For set-up: nobody has a permission for it yet."""
    now = clock.now()
    id = new_id()
    name = text.required(name, text.NAME, "name")
    await transaction.insert(Organization, id=id, name=name, kind=kind, created_at=now, updated_at=now)
    return id


async def add_site(transaction: Transaction, *, organization_id: Id, name: str, postal_code: str | None = None) -> Id:
    """Open a site. For set-up; a directory import brings sites of its own."""
    now = clock.now()
    id = new_id()
    await transaction.insert(
        Site,
        id=id,
        organization_id=organization_id,
        name=text.required(name, text.NAME, "name"),
        postal_code=postal_code,
        created_at=now,
        updated_at=now,
    )
    return id


async def add_program(transaction: Transaction, *, organization_id: Id, name: str) -> Id:
    """Open a program. For set-up; a directory import brings programs of its own."""
    now = clock.now()
    id = new_id()
    name = text.required(name, text.NAME, "name")
    await transaction.insert(Program, id=id, organization_id=organization_id, name=name, created_at=now, updated_at=now)
    return id


async def add_group(transaction: Transaction, actor: Actor | None, *, organization_id: str, name: str) -> Id:
    """Form a group. `actor` None is the system: set-up."""
    organization = text.known_id(organization_id, "organization of yours", "organizationId")
    if actor is not None:
        if organization not in actor.organizations:
            raise not_found("organization of yours", "organizationId")
        require(policy.manage(actor, organization), "organizationId")
    now = clock.now()
    id = new_id()
    name = text.required(name, text.NAME, "name")
    await transaction.insert(Group, id=id, organization_id=organization, name=name, created_at=now, updated_at=now)
    return id


async def share_group(transaction: Transaction, actor: Actor, id: str, sharing: bool) -> Id:
    """Switch team sharing of a group's outbound referrals on, from now, or off (FH13)."""
    return await _share(transaction, actor, Group, id, sharing, policy.manage)


async def share_program(transaction: Transaction, actor: Actor, id: str, sharing: bool) -> Id:
    """Switch team sharing of what a program's people refer elsewhere on, from now, or off (FH13)."""
    return await _share(transaction, actor, Program, id, sharing, policy.manage_programs)


async def _share(
    transaction: Transaction, actor: Actor, table: type[Base], id: str, sharing: bool, judge: object
) -> Id:
    what = "group" if table is Group else "program"
    team = await transaction.row(_LOCK_TEAM[table], id=text.known_id(id, what, "id"))
    if team is None or (table is Group and team["organization_id"] not in actor.organizations):
        raise not_found(what, "id")
    decision: Decision = judge(actor, team["organization_id"])  # type: ignore[operator]
    require(decision, "id")
    if sharing != (team["shares_outbound_since"] is not None):
        since = clock.now() if sharing else None
        await _change(transaction, actor, table, team, f"{what}.sharing_set", shares_outbound_since=since)
    return str(team["id"])


async def record_views(
    transaction: Transaction, actor: Actor, id: str, recording: bool, *, expected_version: int | None = None
) -> Id:
    """Decide whether opening one of the organization's referrals leaves a line in its history (FH7)."""
    organization = await transaction.row(_LOCK_ORGANIZATION, id=text.known_id(id, "organization", "id"))
    if organization is None:
        raise not_found("organization", "id")
    require(policy.manage(actor, organization["id"]), "id")
    expect_version(organization["version"], expected_version, organization["id"])
    if organization["records_views"] != recording:
        await _change(
            transaction,
            actor,
            Organization,
            organization,
            "organization.view_recording_set",
            records_views=recording,
        )
    return str(organization["id"])


async def lock_own(transaction: Transaction, actor: Actor, id: str, *field: str) -> Row:
    """One of the actor's organizations, locked until the transaction ends."""
    known = text.known_id(id, "organization of yours", *field)
    found = await transaction.row(_LOCK_ORGANIZATION, id=known) if known in actor.organizations else None
    if found is None:
        raise not_found("organization of yours", *field)
    return found


async def set_portal(
    transaction: Transaction, actor: Actor, id: str, has_portal: bool, *, expected_version: int | None = None
) -> Id:
    """Decide whether the organization's clients may be invited to accounts of their own (EL8)."""
    return await _set(transaction, actor, id, "organization.portal_set", expected_version, has_portal=has_portal)


async def set_silence(
    transaction: Transaction, actor: Actor, id: str, silent: bool, *, expected_version: int | None = None
) -> Id:
    """Decide whether nobody is notified of closed and inactive clients (EL11)."""
    return await _set(transaction, actor, id, "organization.silence_set", expected_version, silences_closed=silent)


async def set_enrolment_program(transaction: Transaction, actor: Actor, id: str, program_id: str | None) -> Id:
    """Name the program of the organization that clients have to be enrolled in for the portal (EL5), or none."""
    organization = await lock_own(transaction, actor, id, "id")
    require(policy.manage(actor, organization["id"]), "id")
    wanted = None
    if program_id is not None:
        known = text.known_id(program_id, "program of this organization", "programId")
        wanted = await transaction.row(_LOCK_TEAM[Program], id=known)
        if wanted is None or wanted["organization_id"] != organization["id"]:
            raise not_found("program of this organization", "programId")
    present = await transaction.row(_ENROLMENT, organization_id=organization["id"])
    if (present and present["id"]) != (wanted and wanted["id"]):
        for program, is_enrolment in ((present, False), (wanted, True)):
            if program is not None:
                await _change(transaction, actor, Program, program, "program.enrolment_set", is_enrolment=is_enrolment)
    return str(organization["id"])


async def _set(
    transaction: Transaction, actor: Actor, id: str, action: str, expected_version: int | None, **setting: bool
) -> Id:
    organization = await lock_own(transaction, actor, id, "id")
    require(policy.manage(actor, organization["id"]), "id")
    expect_version(organization["version"], expected_version, organization["id"])
    if any(organization[name] != value for name, value in setting.items()):
        await _change(transaction, actor, Organization, organization, action, **setting)
    return str(organization["id"])


async def _change(
    transaction: Transaction, actor: Actor, table: type[Base], row: Row, action: str, **values: object
) -> None:
    version = row["version"] + 1
    await transaction.update(table, row["id"], **values, version=version, updated_at=clock.now())
    organization_id = row["id"] if table is Organization else row["organization_id"]
    await record_inside(
        transaction,
        actor,
        action,
        organization_id,
        subject_id=row["id"],
        version=version,
        before={name: _plain(row[name]) for name in values},
        after={name: _plain(value) for name, value in values.items()},
    )


def _plain(value: object) -> object:
    return value if isinstance(value, bool | None) else str(value)

"""Changes of organizations: what they are given and what they answer."""

from typing import TYPE_CHECKING

import strawberry

import loaders.organizations
import loaders.programs
from schema.errors import user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key

if TYPE_CHECKING:
    from schema.programs import Program

from schema.errors import UserError
from schema.organizations import Group, Organization
from schema.programs import Program


@arguments
class GroupAddInput:
    """A group to form."""

    organization_id: strawberry.ID = strawberry.field(description="Whose group: an organization that one manages.")
    name: str = strawberry.field(description="200 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class TeamSharingInput:
    """A switch of team sharing."""

    id: strawberry.ID = strawberry.field(description="The group or the program.")
    sharing: bool = strawberry.field(
        description="True: referrals that its members make from now on are shared among them. False: no new ones are."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class OrganizationRecordViewsInput:
    """A switch of recording who opens referrals."""

    id: strawberry.ID = strawberry.field(description="The organization.")
    recording: bool = strawberry.field(description="Whether opening one of its referrals leaves a line in the history.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class OrganizationSetPortalInput:
    """A switch of the portal."""

    id: strawberry.ID = strawberry.field(description="The organization.")
    has_portal: bool = strawberry.field(description="Whether its clients may be invited to accounts of their own.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class OrganizationSetSilenceInput:
    """A switch of notifications about clients that nobody works with."""

    id: strawberry.ID = strawberry.field(description="The organization.")
    silent: bool = strawberry.field(description="Whether nobody is notified of its closed and inactive clients.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class OrganizationSetEnrolmentInput:
    """The program in which clients are enrolled before their account is active."""

    id: strawberry.ID = strawberry.field(description="The organization.")
    program_id: strawberry.ID | None = strawberry.field(description="One of its programs; null: none is asked for.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class GroupPayload:
    """What a change of a group answers."""

    group: Group | None = edge(loaders.organizations.group_by_id, "group_id", "The group.")
    user_errors: list[UserError] = user_errors()


@described
class ProgramPayload:
    """What a change of a program answers."""

    program: Program | None = edge(loaders.programs.by_id, "program_id", "The program.")
    user_errors: list[UserError] = user_errors()


@described
class OrganizationPayload:
    """What a change of a organization answers."""

    organization: Organization | None = edge(
        loaders.organizations.by_id, "organization_id", "The organization; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()

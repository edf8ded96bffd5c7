"""Organizations, programs and groups: what can be asked and done."""

from typing import Any

import strawberry

import loaders.organizations
import loaders.programs
from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.organizations import (
    GroupAddInput,
    GroupPayload,
    OrganizationPayload,
    OrganizationRecordViewsInput,
    OrganizationSetEnrolmentInput,
    OrganizationSetPortalInput,
    OrganizationSetSilenceInput,
    ProgramPayload,
    TeamSharingInput,
)
from schema.context import Info
from schema.fields import lookup
from schema.organizations import Organization
from schema.programs import Program
from workflows import organizations


@strawberry.type
class OrganizationQueries:
    """Asking for organizations and programs."""

    organization: Organization | None = lookup(loaders.organizations.by_id, "A member of the network.")
    program: Program | None = lookup(loaders.programs.by_id, "A program.")


@strawberry.type
class OrganizationMutations:
    """Changing organizations, programs and groups."""

    @strawberry.mutation(description="Form a group in an organization.")
    async def group_add(self, info: Info, input: GroupAddInput) -> GroupPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await organizations.add_group(
                transaction, actor, organization_id=input.organization_id, name=input.name
            )
            return {"group_id": id}

        return await act(info, input, work, subject="group_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Switch team sharing of a group's outbound referrals on, from now, or off.")
    async def group_share(self, info: Info, input: TeamSharingInput) -> GroupPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"group_id": await organizations.share_group(transaction, actor, input.id, input.sharing)}

        return await act(info, input, work, subject="group_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Switch team sharing of what a program's people refer elsewhere on or off.")
    async def program_share(self, info: Info, input: TeamSharingInput) -> ProgramPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"program_id": await organizations.share_program(transaction, actor, input.id, input.sharing)}

        return await act(info, input, work, subject="program_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Decide whether opening one of the organization's referrals is recorded.")
    async def organization_record_views(self, info: Info, input: OrganizationRecordViewsInput) -> OrganizationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await organizations.record_views(
                transaction, actor, input.id, input.recording, expected_version=input.expected_version
            )
            return {"organization_id": id}

        return await act(info, input, work, subject="organization_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Decide whether the organization's clients may have accounts.")
    async def organization_set_portal(self, info: Info, input: OrganizationSetPortalInput) -> OrganizationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await organizations.set_portal(
                transaction, actor, input.id, input.has_portal, expected_version=input.expected_version
            )
            return {"organization_id": id}

        return await act(info, input, work, subject="organization_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Decide whether nobody is notified of closed and inactive clients.")
    async def organization_set_silence(self, info: Info, input: OrganizationSetSilenceInput) -> OrganizationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await organizations.set_silence(
                transaction, actor, input.id, input.silent, expected_version=input.expected_version
            )
            return {"organization_id": id}

        return await act(info, input, work, subject="organization_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Name the program in which clients are enrolled before their account is active.")
    async def organization_set_enrolment(self, info: Info, input: OrganizationSetEnrolmentInput) -> OrganizationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await organizations.set_enrolment_program(transaction, actor, input.id, input.program_id)
            return {"organization_id": id}

        return await act(info, input, work, subject="organization_id")  # type: ignore[no-any-return]

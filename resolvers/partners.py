"""Partner companies and case managers: what can be asked and done."""

from collections.abc import Awaitable, Callable
from typing import Any

import strawberry

import loaders.partners
from models.base import Id
from models.database import Transaction
from models.partners import ConsentMethod, RecruitmentStatus
from policies.actors import Actor
from resolvers.acting import act, given
from schema.changes.organizations import OrganizationPayload
from schema.changes.partners import (
    BusinessUnitAddInput,
    BusinessUnitPayload,
    BusinessUnitRenameInput,
    CaseManagerCreateInput,
    CaseManagerInput,
    CaseManagerMoveInput,
    CaseManagerOfficerInput,
    CaseManagerPayload,
    CaseManagerPromotionsInput,
    CaseManagerRecruitmentInput,
    CaseManagerUpdateInput,
    CompanyCreateInput,
    PositionAddInput,
    PositionPayload,
    PositionUpdateInput,
)
from schema.context import Info
from schema.fields import lookup
from schema.partners import CaseManager
from workflows.partners import case_managers, companies, login
from workflows.partners.move import move

_FIELDS = (
    "first_name", "last_name", "email", "title", "phone", "mobile", "position_id", "suburb", "postcode", "state",
    "linkedin", "referral_source",
)  # fmt: skip


@strawberry.type
class PartnerQueries:
    """Asking for case managers."""

    case_manager: CaseManager | None = lookup(
        loaders.partners.by_id, "A case manager; null: there is none, or the viewer may not see them."
    )


async def _change(info: Info, input: Any, work: Callable[[Transaction, Actor], Awaitable[Id]]) -> Any:
    async def answering(transaction: Transaction, actor: Actor) -> dict[str, Any]:
        return {"case_manager_id": await work(transaction, actor)}

    return await act(info, input, answering, subject="case_manager_id")


@strawberry.type
class PartnerMutations:
    """Changing partner companies and case managers."""

    @strawberry.mutation(description="Take a partner company into the network, and look after it.")
    async def company_create(self, info: Info, input: CompanyCreateInput) -> OrganizationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await companies.create(transaction, actor, organization_id=input.organization_id, name=input.name)
            return {"organization_id": id}

        return await act(info, input, work, subject="organization_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Form a business unit in a partner company.")
    async def business_unit_add(self, info: Info, input: BusinessUnitAddInput) -> BusinessUnitPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await companies.add_unit(transaction, actor, company_id=input.company_id, name=input.name)
            return {"business_unit_id": id}

        return await act(info, input, work, subject="business_unit_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Give a business unit another name.")
    async def business_unit_rename(self, info: Info, input: BusinessUnitRenameInput) -> BusinessUnitPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await companies.rename_unit(
                transaction, actor, input.id, input.name, expected_version=input.expected_version
            )
            return {"business_unit_id": id}

        return await act(info, input, work, subject="business_unit_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Add a position to the list from which case managers have theirs.")
    async def position_add(self, info: Info, input: PositionAddInput) -> PositionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await companies.add_position(
                transaction, actor, organization_id=input.organization_id, name=input.name
            )
            return {"position_id": id}

        return await act(info, input, work, subject="position_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Rename a position, retire it, or take it back into the list.")
    async def position_update(self, info: Info, input: PositionUpdateInput) -> PositionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await companies.update_position(transaction, actor, input.id, name=input.name, retired=input.retired)
            return {"position_id": id}

        return await act(info, input, work, subject="position_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Open the record of a case manager of a partner company.")
    async def case_manager_create(self, info: Info, input: CaseManagerCreateInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            values = given(input, *_FIELDS)
            unit = input.business_unit_id
            return await case_managers.create(
                transaction, actor, company_id=input.company_id, business_unit_id=unit, **values
            )

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(
        description="Change a case manager's record. Another e-mail or phone has to be confirmed anew."
    )
    async def case_manager_update(self, info: Info, input: CaseManagerUpdateInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            changes = given(input, *_FIELDS)
            version = input.expected_version
            return await case_managers.edit(transaction, actor, input.id, changes, expected_version=version)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(
        description="Move a case manager to another unit or company; what they saw there ends at once."
    )
    async def case_manager_move(self, info: Info, input: CaseManagerMoveInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await move(
                transaction,
                actor,
                input.id,
                company_id=input.company_id,
                business_unit_id=input.business_unit_id,
                expected_version=input.expected_version,
            )

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Note that one has confirmed a case manager's contact details as they are now.")
    async def case_manager_verify(self, info: Info, input: CaseManagerInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await case_managers.verify(transaction, actor, input.id, expected_version=input.expected_version)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Note how a case manager agreed to promotions, or that they do not.")
    async def case_manager_set_promotions(self, info: Info, input: CaseManagerPromotionsInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            method = None if input.method is None else ConsentMethod(input.method)
            return await case_managers.agree_to_promotions(transaction, actor, input.id, method)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Say how far a case manager has come towards booking.")
    async def case_manager_set_recruitment(self, info: Info, input: CaseManagerRecruitmentInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            status = RecruitmentStatus(input.status)
            return await case_managers.set_recruitment(transaction, actor, input.id, status)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Give a case manager another business support officer; the date is that of today.")
    async def case_manager_assign_bso(self, info: Info, input: CaseManagerOfficerInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await case_managers.assign_officer(transaction, actor, input.id, input.bso_id)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Open a login for a case manager, and send them the activation e-mail.")
    async def case_manager_enable_login(self, info: Info, input: CaseManagerInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await login.enable(transaction, actor, input.id, expected_version=input.expected_version)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Send the activation e-mail again; the links before are worth nothing any more.")
    async def case_manager_resend_activation(self, info: Info, input: CaseManagerInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await login.resend(transaction, actor, input.id)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Close a case manager's account: no session, no sight, no new work.")
    async def case_manager_deactivate(self, info: Info, input: CaseManagerInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await login.deactivate(transaction, actor, input.id, expected_version=input.expected_version)

        return await _change(info, input, work)  # type: ignore[no-any-return]

    @strawberry.mutation(description="Open a case manager's account again, where they were.")
    async def case_manager_reactivate(self, info: Info, input: CaseManagerInput) -> CaseManagerPayload:
        async def work(transaction: Transaction, actor: Actor) -> Id:
            return await login.reactivate(transaction, actor, input.id, expected_version=input.expected_version)

        return await _change(info, input, work)  # type: ignore[no-any-return]

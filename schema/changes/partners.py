"""Changes of partners: what they are given and what they answer."""

import strawberry

import loaders.partners
from models.partners import ConsentMethod, RecruitmentStatus
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.partners import BusinessUnit, CaseManager, Position


@arguments
class CompanyCreateInput:
    """A partner company to take in."""

    organization_id: strawberry.ID = strawberry.field(description="Who looks after it: one of the viewer's.")
    name: str = strawberry.field(description="200 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class BusinessUnitAddInput:
    """A business unit to form."""

    company_id: strawberry.ID = strawberry.field(description="The company that it is a part of.")
    name: str = strawberry.field(description="200 characters; another one than those of the company's other units.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class BusinessUnitRenameInput:
    """Another name for a business unit."""

    id: strawberry.ID = strawberry.field(description="The business unit.")
    name: str = strawberry.field(description="200 characters; another one than those of the company's other units.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class PositionAddInput:
    """A position to add to the list."""

    organization_id: strawberry.ID = strawberry.field(description="Whose list: one of the viewer's.")
    name: str = strawberry.field(description="200 characters; not yet in the list.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class PositionUpdateInput:
    """A change of a position; what is left out stays."""

    id: strawberry.ID = strawberry.field(description="The position.")
    name: str | None = strawberry.field(default=None, description="200 characters; shown for all who have it.")
    retired: bool | None = strawberry.field(
        default=None, description="True: it is not chosen any more, and those who have it keep it. False: it is again."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerCreateInput:
    """A case manager's record to open."""

    company_id: strawberry.ID = strawberry.field(description="The company that they work for.")
    business_unit_id: strawberry.ID | None = strawberry.field(default=None, description="A unit of that company.")
    first_name: str = strawberry.field(description="200 characters.")
    last_name: str = strawberry.field(description="200 characters.")
    email: str | None = strawberry.field(default=None, description="An e-mail address; a login needs one.")
    title: str | None = strawberry.field(default=None, description="200 characters.")
    phone: str | None = strawberry.field(default=None, description="200 characters.")
    mobile: str | None = strawberry.field(default=None, description="200 characters.")
    position_id: strawberry.ID | None = strawberry.field(default=None, description="One of the list, not retired.")
    suburb: str | None = strawberry.field(default=None, description="200 characters.")
    postcode: str | None = strawberry.field(default=None, description="20 characters.")
    state: str | None = strawberry.field(default=None, description="200 characters.")
    linkedin: str | None = strawberry.field(default=None, description="500 characters.")
    referral_source: str | None = strawberry.field(default=None, description="500 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerUpdateInput:
    """Changes of a case manager's record; what is left out stays, what is null is emptied."""

    id: strawberry.ID = strawberry.field(description="The case manager.")
    first_name: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    last_name: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="An e-mail address; who has a login keeps one, and their user name."
    )
    title: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    mobile: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    position_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="One of the list, not retired; for those who look after the company."
    )
    suburb: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    postcode: str | None = strawberry.field(default=strawberry.UNSET, description="20 characters.")
    state: str | None = strawberry.field(default=strawberry.UNSET, description="200 characters.")
    linkedin: str | None = strawberry.field(default=strawberry.UNSET, description="500 characters.")
    referral_source: str | None = strawberry.field(
        default=strawberry.UNSET, description="500 characters; for those who look after the company."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerMoveInput:
    """Where a case manager works from now on."""

    id: strawberry.ID = strawberry.field(description="The case manager.")
    company_id: strawberry.ID | None = strawberry.field(
        default=None, description="Another company, which clears the unit; left out, they stay where they are."
    )
    business_unit_id: strawberry.ID | None = strawberry.field(
        default=None, description="A unit of the company; null: none of them."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerInput:
    """The case manager whom something is done about."""

    id: strawberry.ID = strawberry.field(description="The case manager.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerPromotionsInput:
    """Whether a case manager agrees to promotions."""

    id: strawberry.ID = strawberry.field(description="The case manager.")
    method: ConsentMethod | None = strawberry.field(
        description="How they agreed, just now; null: they do not, or no longer."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerRecruitmentInput:
    """How far a case manager has come."""

    id: strawberry.ID = strawberry.field(description="The case manager.")
    status: RecruitmentStatus = strawberry.field(description="Any of them, from any of them.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class CaseManagerOfficerInput:
    """Who looks after a case manager."""

    id: strawberry.ID = strawberry.field(description="The case manager.")
    bso_id: strawberry.ID | None = strawberry.field(
        description="A member of the organization that looks after the company; null: nobody."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class BusinessUnitPayload:
    """What a change of a business unit answers."""

    business_unit: BusinessUnit | None = edge(
        loaders.partners.unit_by_id, "business_unit_id", "The business unit; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()


@described
class PositionPayload:
    """What a change of the list of positions answers."""

    position: Position | None = edge(loaders.partners.position_by_id, "position_id", "The position.")
    user_errors: list[UserError] = user_errors()


@described
class CaseManagerPayload:
    """What a change of a case manager answers."""

    case_manager: CaseManager | None = edge(
        loaders.partners.by_id, "case_manager_id", "The case manager; at a conflict, as they are now."
    )
    user_errors: list[UserError] = user_errors()

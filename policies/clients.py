"""Who sees a client's record, how much of it, and what they may do with it."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    any_,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from models.clients import Client, ContactPreference
from models.database import Row
from models.people import Permission
from models.referrals import Referral
from policies import referrals
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def at_home(who: Who) -> ColumnElement[bool]:
    """It is about them, they are its navigator, or its organization lets them open its client records."""
    return or_(
        Client.id == any_(who.clients),
        Client.id == any_(who.navigated),
        Client.organization_id == any_(who.client_organizations),
    )


def visible(who: Who) -> ColumnElement[bool]:
    """Whether they see the record at all: at home, or because they see a referral of it."""
    through_referral = or_(_has(referrals.inbound(who)), _has(referrals.outbound(who)))
    return and_(Client.deleted_at.is_(None), or_(at_home(who), through_referral))


def reach(who: Who, most: int) -> CompoundSelect[Any]:
    """The ids among which all are that they see, if there are at most so many; `visible` decides."""
    organization = func.unnest(who.client_organizations).table_valued("id").render_derived("organizations")
    # In the order of an index: else PostgreSQL would read all clients where it expects a few large organizations.
    kept = select(Client.id).where(Client.organization_id == organization.c.id)
    kept = kept.order_by(Client.last_name, Client.first_name, Client.id).limit(literal_column(str(most + 1)))
    lateral = kept.lateral("kept")
    return union_all(
        select(func.unnest(who.clients).label("id")),
        select(func.unnest(who.navigated)),
        select(lateral.c.id).select_from(organization.join(lateral, true())),
        select(Referral.client_id).where(referrals.visible(who)),
    ).limit(literal_column(str(most + 1)))


def details_visible(who: Who) -> ColumnElement[bool]:
    """Whether they see more of it than the name: at home, or because a referral of it that they see tells more."""
    return or_(
        at_home(who),
        and_(_is_open(), _has(referrals.inbound(who))),
        _has(referrals.outbound(who), _tells_more(who)),
    )


def _has(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """A referral of theirs fulfils these. Asked one after the other, most questions are answered by an index alone."""
    # Said explicitly: inside a subquery of a row's own, the client would become anybody.
    return exists().where(Referral.client_id == Client.id, *conditions).correlate_except(Referral)


def details_shown(who: Who) -> ColumnElement[bool]:
    """For a referral that they see, whether it shows them more of its client than the name."""
    return exists().where(Client.id == Referral.client_id, or_(at_home(who), _tells_more(who)))


def _tells_more(who: Who) -> ColumnElement[bool]:
    """To others than the keeper, "don't reach out" shows the name only (FH20), and so does the end of consent (FH21).

    Also where they refer the client elsewhere.
    """
    for_the_keeper = and_(Referral.organization_id == Client.organization_id, referrals.outbound(who))
    return or_(and_(_is_open(), Referral.consent_ended_at.is_(None)), for_the_keeper)


def _is_open() -> ColumnElement[bool]:
    """They may be reached out to."""
    return Client.contact_preference != ContactPreference.NONE.value


Facts = Row
"""What a decision knows of the client: `id` and `organization_id`."""


def _is_own(actor: Actor, client: Facts) -> bool:
    return client["id"] in actor.clients


def edit(actor: Actor, client: Facts) -> Decision:
    """The client themself, and members of the record's organization whose role lets them."""
    if _is_own(actor, client):
        return allow("FH17", "It is your own record.")
    if client["id"] in actor.navigated:
        return allow("EL7", "You are their navigator.")
    if actor.may(Permission.EDIT_CLIENTS, client["organization_id"]):
        return allow("FH17", "Your role lets you edit this organization's client records.")
    return deny("FH17", "Only the client and the organization that keeps the record may change it.")


def assign_navigators(actor: Actor, client: Facts) -> Decision:
    """Members of the record's organization whose role lets them edit client records."""
    if actor.may(Permission.EDIT_CLIENTS, client["organization_id"]):
        return allow("EL7", "Your role lets you edit this organization's client records.")
    return deny("EL7", "Only the organization that keeps the record may assign its navigators.")


def refer(actor: Actor, client: Facts) -> Decision:
    """The client themself, and whoever sees the record and has a role that lets them make referrals (FH1)."""
    if _is_own(actor, client):
        return allow("FH1", "You may refer yourself.")
    if actor.organizations_with(Permission.MAKE_REFERRALS):
        return allow("FH1", "Your role lets you make referrals.")
    return deny("FH1", "Your role does not let you make referrals.")

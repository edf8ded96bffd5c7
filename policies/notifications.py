"""Who sees a notification."""

from sqlalchemy import ColumnElement, and_, any_, exists, or_

from models.clients import Client
from models.notifications import Notification
from models.referrals import Referral
from policies import records, referrals
from policies.actors import Who


def own(who: Who) -> ColumnElement[bool]:
    """It is for them, and they still see what it is about (XX3)."""
    return and_(Notification.user_id == who.id, Notification.in_app, _stands(who))


def queued(who: Who) -> ColumnElement[bool]:
    """It waits in the queue of an organization whose client records they may open (EL7)."""
    return and_(
        Notification.user_id.is_(None),
        Notification.organization_id == any_(who.client_organizations),
        _stands(who),
    )


def visible(who: Who) -> ColumnElement[bool]:
    """Their own, and those of their organizations' queues; until it is cleared."""
    return or_(own(who), queued(who))


def _stands(who: Who) -> ColumnElement[bool]:
    return and_(Notification.cleared_at.is_(None), still_seen(who))


def still_seen(who: Who) -> ColumnElement[bool]:
    """Whether they see the box of the client's record now, and the referral where it is about one."""
    return and_(
        exists().where(Client.id == Notification.client_id, records.visible(who)),
        or_(
            Notification.referral_id.is_(None),
            exists().where(Referral.id == Notification.referral_id, referrals.visible(who)),
        ),
    )

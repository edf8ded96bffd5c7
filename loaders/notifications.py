"""How notifications are fetched together."""

from loaders.edges import Many, One, Order
from models.notifications import Notification
from policies import notifications as policy

_newest_first = Order((Notification.created_at, Notification.id), descending=True)

by_id = One(Notification, Notification.id, policy.visible)
own = Many(Notification, None, policy.own, _newest_first)
queued = Many(Notification, None, policy.queued, _newest_first)

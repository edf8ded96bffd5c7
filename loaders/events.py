"""How history is fetched together."""

from loaders.edges import Many, Order
from models.events import Event
from policies import events as policy

of_record = Many(Event, Event.record_id, policy.visible, Order((Event.id,)))

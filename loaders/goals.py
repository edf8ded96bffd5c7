"""How goals are fetched together."""

from loaders.edges import Many, One, Order
from models.goals import Goal
from policies import goals as policy

by_id = One(Goal, Goal.id, policy.visible)
of_client = Many(Goal, Goal.client_id, policy.visible, Order((Goal.created_at, Goal.id)))

"""How notes are fetched together."""

from loaders.edges import Many, One, Order
from models.notes import Note
from policies import notes as policy

by_id = One(Note, Note.id, policy.visible)
of_referral = Many(Note, Note.referral_id, policy.visible, Order((Note.created_at, Note.id), descending=True))

"""How chapters are fetched together."""

from loaders.edges import One
from models.chapters import Chapter
from policies import chapters as policy

by_id = One(Chapter, Chapter.id, policy.visible)

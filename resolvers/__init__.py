"""What can be asked and done: the roots of the schema, each a noun's part a file."""

import strawberry

from resolvers.chapters import ChapterMutations, ChapterQueries
from resolvers.clients import ClientMutations, ClientQueries
from resolvers.delegations import DelegationMutations
from resolvers.engagements import EngagementMutations, EngagementQueries
from resolvers.goals import GoalMutations
from resolvers.images import ImageMutations
from resolvers.invitations import InvitationMutations
from resolvers.list_views import ListViewMutations
from resolvers.mentoring import MentoringMutations, MentoringQueries
from resolvers.mentors import MentorMutations
from resolvers.nodes import NodeQueries
from resolvers.notes import NoteMutations
from resolvers.notifications import NotificationMutations
from resolvers.organizations import OrganizationMutations, OrganizationQueries
from resolvers.partners import PartnerMutations, PartnerQueries
from resolvers.people import PeopleMutations
from resolvers.phases import PhaseMutations
from resolvers.progressions import ProgressionMutations, ProgressionQueries
from resolvers.records import RecordMutations
from resolvers.referrals import ReferralMutations, ReferralQueries
from resolvers.sessions import SessionMutations


@strawberry.type(description="What can be asked.")
class Query(
    NodeQueries,
    ReferralQueries,
    ClientQueries,
    OrganizationQueries,
    EngagementQueries,
    ProgressionQueries,
    PartnerQueries,
    MentoringQueries,
    ChapterQueries,
):
    """The root of queries."""


@strawberry.type(description="What can be done: one action a mutation, refusals in `userErrors`.")
class Mutation(
    SessionMutations,
    ReferralMutations,
    NoteMutations,
    ClientMutations,
    RecordMutations,
    InvitationMutations,
    NotificationMutations,
    GoalMutations,
    OrganizationMutations,
    PeopleMutations,
    PartnerMutations,
    ImageMutations,
    PhaseMutations,
    EngagementMutations,
    ProgressionMutations,
    DelegationMutations,
    ListViewMutations,
    MentoringMutations,
    MentorMutations,
    ChapterMutations,
):
    """The root of mutations."""

"""How phases, and what entering them takes, are fetched together."""

from loaders.edges import Many, One, Order
from models.phases import AutomaticAssignment, Persona, Phase, PhaseApprover, PhaseWarning
from policies import phases as policy

by_id = One(Phase, Phase.id, policy.visible)
of_program = Many(Phase, Phase.program_id, policy.visible, Order((Phase.position, Phase.id)))
approvers_of_phase = Many(
    PhaseApprover,
    PhaseApprover.phase_id,
    lambda who: policy.rules_visible(who, PhaseApprover.phase_id),
    Order((PhaseApprover.number, PhaseApprover.id)),
)
warnings_of_phase = Many(
    PhaseWarning,
    PhaseWarning.phase_id,
    lambda who: policy.rules_visible(who, PhaseWarning.phase_id),
    Order((PhaseWarning.area, PhaseWarning.id)),
)
assignments_of_phase = Many(
    AutomaticAssignment,
    AutomaticAssignment.phase_id,
    lambda who: policy.rules_visible(who, AutomaticAssignment.phase_id),
    Order((AutomaticAssignment.delay_seconds, AutomaticAssignment.id)),
)
persona_by_id = One(Persona, Persona.id, policy.persona_visible)
personas_of_organization = Many(
    Persona, Persona.organization_id, policy.persona_visible, Order((Persona.name, Persona.id))
)

"""Negative controls: servers that are wrong in one way each. The oracle has to find it, or it is the oracle that is."""

from dataclasses import replace
from typing import NamedTuple

from tests.chaos.harness import Plan


class Control(NamedTuple):
    """A server that is wrong."""

    module: str
    finding: str
    """What the oracle has to find."""
    faults: tuple[str, ...] = ()
    """What it does not withstand; without it, it might look right."""

    def plan(self, plan: Plan) -> Plan:
        """The same plan over this server; what is missing after two quiet seconds stays missing."""
        return replace(plan, module=f"tests.chaos.controls.{self.module}", faults=self.faults, settle=2.0)


CONTROLS = (
    Control("bigserial", "missing"),
    Control("mailbox", "missing", ("doorbell connections ended",)),
    Control("blind", "forbidden"),
)

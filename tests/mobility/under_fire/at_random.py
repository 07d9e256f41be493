"""Whatever a state machine may do, in any order.

For long: UNDER_FIRE_EXAMPLES=300 UNDER_FIRE_STEPS=60; UNDER_FIRE_SHRINK=1 also looks for the shortest way to a failure.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run_at_random(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    """So many runs of so many steps, unless the environment says otherwise."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("UNDER_FIRE_EXAMPLES", examples)),
            stateful_step_count=int(os.environ.get("UNDER_FIRE_STEPS", steps)),
            phases=[Phase.explicit, Phase.reuse, Phase.generate]
            + ([Phase.shrink] if "UNDER_FIRE_SHRINK" in os.environ else []),
            suppress_health_check=list(HealthCheck),
        ),
    )

"""How often a job is tried: again after a failure, each time later, until it has failed too often."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from pgqueuer.errors import RetryRequested
from pgqueuer.executors import EntrypointExecutor
from pgqueuer.models import Context, Job

log = logging.getLogger("throughline.jobs")

JOB_SECONDS = 30
LONGEST_DELAY = timedelta(hours=1)


@dataclass
class Attempts(EntrypointExecutor):
    """Tries a job `most` times, which with the delays of the runner takes half a day; then it is held for a person."""

    most: int = 1
    gave_up: Callable[[Job, str], Awaitable[None]] | None = None
    """Told of a job that is held, and why."""
    first_delay: timedelta = timedelta(0)

    async def execute(self, job: Job, context: Context) -> None:
        """Run the job once; ask for another time if it fails or is cut off."""
        try:
            async with asyncio.timeout(JOB_SECONDS):
                await super().execute(job, context)
        except asyncio.CancelledError:
            # Only stop() cancels. pgqueuer would count the job as cancelled for good, and drop it.
            raise RetryRequested(reason="cut off") from None
        except Exception as error:
            attempt, name = job.attempts + 1, f"{job.entrypoint} {job.id}"
            if attempt >= self.most:
                log.error("Job %s has failed %d times and is held (%s).", name, attempt, type(error).__name__)
                if self.gave_up is not None:
                    await self.gave_up(job, str(error) or type(error).__name__)
                raise
            delay = min(self.first_delay * 2 ** min(job.attempts, 30), LONGEST_DELAY) * random.uniform(0.8, 1.2)  # noqa: S311
            log.warning("Job %s failed (%s); it is tried again in %s.", name, type(error).__name__, delay)
            raise RetryRequested(delay, type(error).__name__) from error

"""A connection that answers nothing is let go of: the pool does not run dry."""

import asyncio
import os
import signal

import pytest
from sqlalchemy import text

from models import database
from models.database import Database, Statement

_PID = Statement(text("select pg_backend_pid()"))


async def test_a_connection_that_answers_nothing_is_replaced(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "ANSWER_SECONDS", 0.5)
    async with Database(dsn, size=1) as opened:
        silent = await opened.value(_PID)
        os.kill(silent, signal.SIGSTOP)
        try:
            async with asyncio.timeout(10):
                with pytest.raises(TimeoutError):
                    await opened.value(_PID)
                assert await opened.value(_PID) != silent
        finally:
            os.kill(silent, signal.SIGCONT)

"""GraphQL over HTTP: the audits of the npm package graphql-http, all of them."""

import asyncio
import json

from tests.conformance.node import BUILD, node
from tests.conformance.served import served


async def test_every_audit_passes(server_dsn: str) -> None:
    command = node("audit.mjs")
    async with served(server_dsn) as there, there.silent():
        process = await asyncio.create_subprocess_exec(
            *command, there.url, cwd=BUILD, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, complaints = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, complaints.decode()
    audits = [json.loads(line) for line in output.splitlines()]
    assert len(audits) >= 61
    assert [audit for audit in audits if audit["status"] != "ok"] == []

"""GraphQL over HTTP: the audits of the npm package graphql-http, all of them."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conformance.served import served
from tests.journeys.server import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "conformance"
FILES = ("package.json", "package-lock.json", ".npmrc", "audit.mjs")


def install() -> None:
    """Bring the audits to the build folder, once for each version of their lock."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no Node on this machine")
    BUILD.mkdir(parents=True, exist_ok=True)
    stale = not (BUILD / "node_modules" / "graphql-http").is_dir() or any(
        not (BUILD / name).is_file() or (BUILD / name).read_bytes() != (HERE / name).read_bytes() for name in FILES[:3]
    )
    for name in FILES:
        shutil.copy(HERE / name, BUILD)
    if stale:
        command = [npm, "ci", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=BUILD, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            (BUILD / "package-lock.json").unlink()
            pytest.skip(f"the audits cannot be installed: {done.stderr.strip().splitlines()[-1]}")


async def test_every_audit_passes(server_dsn: str) -> None:
    install()
    async with served(server_dsn) as there, there.silent():
        process = await asyncio.create_subprocess_exec(
            "node", "audit.mjs", there.url, cwd=BUILD, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, complaints = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, complaints.decode()
    audits = [json.loads(line) for line in output.splitlines()]
    assert len(audits) >= 61
    assert [audit for audit in audits if audit["status"] != "ok"] == []

"""Programs of this folder that run in Node, with the npm packages that its lock names."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import fasteners
import pytest

from tests.journeys.server import ROOT

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "conformance"
LOCK = ("package.json", "package-lock.json", ".npmrc")
# Where the machine has no Node that will do, the explorer was built with one that is beside our Python.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def node(*arguments: str) -> list[str]:
    """The command that runs Node in the build folder, with a global WebSocket, which not every version has unasked."""
    npm, found = shutil.which("npm", path=PATH), shutil.which("node", path=PATH)
    if npm is None or found is None:
        pytest.skip("there is no Node on this machine")
    with fasteners.InterProcessLock(ROOT / "build" / "conformance.lock"):
        _install(npm)
    answer = subprocess.run([found, "-p", "typeof WebSocket"], capture_output=True, text=True, check=True)
    flags = [] if answer.stdout.strip() == "function" else ["--experimental-websocket"]
    return [found, "--no-warnings", *flags, *arguments]


def _install(npm: str) -> None:
    """Bring the packages to the build folder, once for each version of their lock, and our programs always."""
    BUILD.mkdir(parents=True, exist_ok=True)
    done = BUILD / "done"
    wanted = b"".join((HERE / name).read_bytes() for name in LOCK)
    if not done.is_file() or done.read_bytes() != wanted:
        done.unlink(missing_ok=True)
        for name in LOCK:
            shutil.copy(HERE / name, BUILD)
        command = [npm, "ci", "--no-audit", "--no-fund"]
        run = subprocess.run(
            command,
            cwd=BUILD,
            env={**os.environ, "PATH": PATH},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if run.returncode:
            pytest.skip(f"the npm packages cannot be installed: {run.stderr.strip().splitlines()[-1]}")
        done.write_bytes(wanted)
    for program in HERE.glob("*.mjs"):
        copy = BUILD / program.name
        if not copy.is_file() or copy.read_bytes() != program.read_bytes():
            shutil.copy(program, copy)

"""Settings: what cannot be meant is refused in one line, before anything starts."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.settings import SettingsError, from_environment, kept_secret
from tests.journeys.server import ROOT, SECRET


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY must have at least 32 bytes"),
        ("SECRET_KEY", "a" * 31, "SECRET_KEY must have at least 32 bytes"),
        ("PORT", "0", "PORT must be a number from 1 to 65535, not '0'."),
        ("PORT", "http", "PORT must be a number from 1 to 65535, not 'http'."),
        ("WORKERS", "-1", "WORKERS must be a number from 1 to 64"),
        ("ACCESS_TOKEN_MINUTES", "1e3", "ACCESS_TOKEN_MINUTES must be a number from 1 to 1440"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        from_environment()
    assert str(refused.value).startswith(complaint)


def test_the_secret_is_measured_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "é" * 16)
    assert from_environment().secret_key == "é" * 16
    monkeypatch.setenv("SECRET_KEY", "")
    assert from_environment().secret_key == ""


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        (
            {"DATABASE_URL": "postgresql://localhost/none", "SECRET_KEY": "short"},
            "SECRET_KEY must have at least 32 bytes",
        ),
        ({"DATABASE_URL": "postgresql://localhost/none"}, "SECRET_KEY must be set where DATABASE_URL is."),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/none", "SECRET_KEY": SECRET}, "the database cannot be reached"),
        ({"DATA_DIR": "/dev/null/folder"}, "The data folder /dev/null/folder cannot be written"),
    ],
)
def test_the_program_says_in_one_line_why_it_does_not_start(environment: dict[str, str], complaint: str) -> None:
    command = [sys.executable, "-m", "server", "migrate"]
    path = {"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env={**path, **environment}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith(f"throughline: {complaint}")


def test_a_data_folder_keeps_one_secret_however_many_start_at_once(folder: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: kept_secret(folder / "data"), range(64)))
    assert len(secrets) == 1
    assert len(secrets.pop()) >= 32
    [file] = (folder / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_secret_is_not_used(folder: Path) -> None:
    (folder / "secret_key").write_text("")
    with pytest.raises(SettingsError, match="is damaged"):
        kept_secret(folder)

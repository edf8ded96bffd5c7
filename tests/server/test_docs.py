"""What is generated for docs/ is what is there."""

import pytest

from models.referrals import ReferralStatus
from server.docs import generated


def test_generated_documents_are_in_sync() -> None:
    for path, text in generated():
        assert path.read_text() == text, f"{path.name} is out of date: run `make docs`"


@pytest.mark.rule("FH3")
def test_every_status_is_in_the_table_and_in_the_diagram() -> None:
    [text] = [text for path, text in generated() if path.name == "lifecycles.md"]
    for status in ReferralStatus:
        assert f"| `{status.value}` |" in text
        assert f"--> {status.value}" in text

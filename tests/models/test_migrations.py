"""The migrations make what the tables say."""

from models.migrations import drift


async def test_a_migrated_database_has_no_drift(dsn: str) -> None:
    assert await drift(dsn) == []

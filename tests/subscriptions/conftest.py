"""A process whose streams say soon how far they have come."""

from tests.laws.conftest import _frequent_checkpoints as _frequent_checkpoints
from tests.laws.conftest import process as process

"""What the tests in this folder share."""

from tests.graph import graph as graph

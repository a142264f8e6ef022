"""Worlds to test in: platforms in memory, and projects on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.platform import Platform
from tests.faults.scenarios import Files
from tests.faults.world import World

Checkout = Callable[..., World]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Makes checkouts of a project with the files given; on one platform unless told."""
    shared, made = Platform(), list[World]()

    def make(files: Files, platform: Platform | None = None) -> World:
        world = World(platform or shared, tmp_path / f"checkout-{len(made)}")
        made.append(world)
        world.write(files)
        return world

    return make

"""Whoever calls `apply` from Python meets the brakes that the command line has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pareta_plan.apply.apply import Applied, Options, apply
from pareta_plan.apply.brakes import Allowed
from pareta_plan.apply.stop import Stop
from pareta_plan.cli.connection import connect
from pareta_plan.errors import EXIT_POLICY_FAILED, ParetaError, PolicyError, UsageError
from pareta_plan.lock.stale import Locking
from pareta_plan.plan.plan import plan
from pareta_plan.project.folder_lock import hold
from pareta_plan.project.project import Project
from tests.cli.projects import LIVE, endpoints, manifest
from tests.conftest import Cli

RULE = "version: 1\npolicy:\n  rules:\n    - {id: owned, require_labels: [team]}\n"


@contextmanager
def deployed(cli: Cli, **files: str) -> Iterator[None]:
    """A project with two live workloads, which then changes; its endpoints must not."""
    cli.write({"a.yaml": manifest("a", more=LIVE), "b.yaml": manifest("b", more=LIVE)})
    assert cli("apply", "--auto-approve").code == 0
    before = endpoints(cli.root)
    yield
    assert endpoints(cli.root) == before


def applied(cli: Cli, options: Options) -> Applied:
    """What `apply` makes of a fresh plan, called as a program calls it."""
    project = Project(cli.root)
    with hold(project, 0, lambda _: None), connect(project) as writer:
        planned = plan(project, writer, Locking(applying=True))
        return apply(project, writer, planned, options, lambda _: None, Stop())


def refusal(cli: Cli, options: Options) -> ParetaError:
    with pytest.raises(ParetaError) as refused:
        applied(cli, options)
    return refused.value


def test_a_deletion_has_to_be_allowed(cli: Cli) -> None:
    with deployed(cli):
        (cli.root / "b.yaml").unlink()
        refused = refusal(cli, Options())
        assert isinstance(refused, UsageError)
        assert "deletes the endpoints of b" in refused.message
    assert not applied(cli, Options(allowed=Allowed(destroy=True))).unrecorded
    assert len(endpoints(cli.root)) == 1


def test_many_deletions_have_to_be_allowed_as_such(cli: Cli) -> None:
    with deployed(cli):
        (cli.root / "a.yaml").unlink()
        (cli.root / "b.yaml").unlink()
        refused = refusal(cli, Options(allowed=Allowed(destroy=True)))
        assert "more than a third" in refused.message


def test_what_is_protected_stays_whatever_is_allowed(cli: Cli) -> None:
    cli.write({"a.yaml": manifest("a", more=f"{LIVE}prevent_destroy: true\n")})
    assert cli("apply", "--auto-approve").code == 0
    cli.write({"a.yaml": manifest("a", more="prevent_destroy: true\n")})
    refused = refusal(cli, Options(allowed=Allowed(destroy=True, mass_destroy=True)))
    assert "prevent_destroy" in refused.message
    assert len(endpoints(cli.root)) == 1


def test_the_policy_holds(cli: Cli) -> None:
    with deployed(cli):
        cli.write(
            {"pareta-project.yaml": RULE, "a.yaml": manifest("a", model="bayes-1", more=LIVE)}
        )
        refused = refusal(cli, Options())
        assert isinstance(refused, PolicyError)
        assert refused.exit_code == EXIT_POLICY_FAILED
        assert "owned (a), owned (b)" in refused.message

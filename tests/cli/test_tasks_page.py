"""The tutorial of `docs/tasks.md`, line by line."""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING

from tests.conftest import REPOSITORY, needs_sentences

if TYPE_CHECKING:
    from tests.conftest import Cli

PAGE = (REPOSITORY / "docs" / "tasks.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
MOST_COMMANDS = 10


@needs_sentences
def test_the_tutorial_goes_from_a_csv_to_a_gated_deployment(cli: Cli) -> None:
    shutil.copy(REPOSITORY / "examples" / "data" / "topics.csv", cli.root)
    ended, codes = None, []
    for language, text in BLOCK.findall(PAGE):
        if language == "sh":
            for line in text.splitlines():
                ended = cli(*shlex.split(line)[1:], PARETA_PLAN_CATALOG="")
                codes.append(ended.code)
        elif language == "text":
            assert ended
            assert ended.out == text
        else:
            manifest = cli.read("pareta.yaml")
            wanted = re.sub(r"^    min_quality: .*\n", text, manifest, flags=re.MULTILINE)
            assert wanted != manifest
            cli.write({"pareta.yaml": wanted})
    assert codes == [0, 0, 0, 0, 0, 4, 0, 0], ended
    assert len(codes) <= MOST_COMMANDS
    assert ended
    assert "ticket-topics-" in ended.out
    assert "Nothing to change" in cli("plan", PARETA_PLAN_CATALOG="").out
    task = cli.read("catalog/ticket-topics/task.yaml")
    cli.write(
        {"catalog/ticket-topics/task.yaml": task.replace("such as: When", "money, as in: When")}
    )
    assert cli("plan", "--locked", PARETA_PLAN_CATALOG="").code == 5
    assert "(task changed" in cli("plan", PARETA_PLAN_CATALOG="").out

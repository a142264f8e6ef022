from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pareta_plan.errors import ParetaError
from pareta_plan.platform.catalog.catalog import Catalog, CatalogTask
from pareta_plan.platform.models import loading
from pareta_plan.platform.models.model import unheard
from pareta_plan.platform.packages import Package, archive
from pareta_plan.platform.sources import kept
from pareta_plan.platform.sources.found import Found
from pareta_plan.platform.sources.near import near_pairs
from pareta_plan.platform.sources.opened import files
from pareta_plan.platform.sources.readers import reader
from pareta_plan.platform.sources.source import Source
from pareta_plan.platform.sources.split import Sizes, split

STREETS = ("Elm", "Oak", "Birch", "Cedar", "Willow", "Juniper", "Sycamore", "Chestnut")
TOWNS = ("Salem", "Dover", "Fargo", "Boise", "Tulsa", "Mesa", "Utica", "Provo")


def addresses() -> str:
    lines = [
        f"<AddressString><AddressNumber>{n}</AddressNumber> <StreetName>{street}</StreetName> "
        f"<StreetNamePostType>St</StreetNamePostType>, <PlaceName>{town},</PlaceName> "
        "<StateName>NY</StateName></AddressString>"
        for n, (street, town) in enumerate((s, t) for s in STREETS for t in TOWNS)
    ]
    return f"<AddressCollection>{''.join(lines)}</AddressCollection>"


def tar(path: Path, members: Mapping[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))


def source(path: Path, **changes: Any) -> Source:
    told = {
        "package": "streets",
        "version": "1.0",
        "archive": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "licence": "MIT",
        "part": "addresses",
        "reader": "addresses",
        "development": 20,
        "held_out": 10,
    }
    return Source.model_validate(told | changes)


@pytest.fixture
def streets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A source whose archive somebody fetched by hand."""
    monkeypatch.setenv("PARETA_PLAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(kept.ENV_ARCHIVES, str(tmp_path))
    path = tmp_path / "streets-1.0.tar.gz"
    tar(path, {"streets-1.0/training/labeled.xml": addresses().encode()})
    return source(path)


def test_rows_are_kept_by_their_digest_and_the_archive_is_read_once(
    streets: Source, tmp_path: Path
) -> None:
    made = kept.made_of("places", streets, unheard)
    digests = {part: hashlib.sha256(data).hexdigest() for part, data in made.items()}
    assert not kept.is_kept(digests["dev"])
    assert kept.rows("places", streets, "dev", digests["dev"], unheard) == made["dev"]
    (tmp_path / streets.archive).unlink()
    for part, data in made.items():
        assert kept.rows("places", streets, part, digests[part], unheard) == data
    row = json.loads(made["heldout"].splitlines()[0])
    assert row["expected"]["street"].endswith(" St")
    assert {len(data.splitlines()) for part, data in made.items() if part != "dev"} == {10}


def test_rows_that_were_changed_in_the_cache_are_made_again(
    streets: Source, tmp_path: Path
) -> None:
    data = kept.made_of("places", streets, unheard)["heldout"]
    digest = hashlib.sha256(data).hexdigest()
    kept.rows("places", streets, "heldout", digest, unheard)
    (tmp_path / "cache" / "rows" / f"{digest}.jsonl").write_bytes(b"{}\n")
    assert kept.rows("places", streets, "heldout", digest, unheard) == data


def test_rows_that_the_board_was_not_measured_on_are_refused(streets: Source) -> None:
    with pytest.raises(ParetaError, match=r"places: streets 1\.0 gave other rows than those"):
        kept.rows("places", streets, "dev", "0" * 64, unheard)


def test_another_archive_of_the_same_name_is_refused(streets: Source, tmp_path: Path) -> None:
    tar(tmp_path / streets.archive, {"streets-1.0/training/labeled.xml": b"<a/>"})
    with pytest.raises(ParetaError, match="isn't the pinned file: its SHA-256 is"):
        kept.made_of("places", streets, unheard)


def test_a_broken_archive_is_told(streets: Source, tmp_path: Path) -> None:
    path = tmp_path / streets.archive
    path.write_bytes(b"no archive")
    with pytest.raises(ParetaError, match=r"streets-1\.0\.tar\.gz can't be read"):
        kept.made_of("places", source(path), unheard)


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({}, "pip download --no-deps --no-binary :all: streets==1.0"),
        ({"archive": "streets-1.0-py3-none-any.whl"}, "pip download --no-deps streets==1.0"),
        ({"registry": "npm", "archive": "streets-1.0.tgz"}, "npm pack streets@1.0"),
    ],
)
def test_what_is_not_at_hand_is_told_with_the_command(
    streets: Source,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    command: str,
) -> None:
    wanted = streets.model_copy(update=changes)
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv(kept.ENV_ARCHIVES, str(tmp_path / "empty"))
    with pytest.raises(ParetaError, match=f"has no {wanted.archive}") as told:
        kept.made_of("places", wanted, unheard)
    assert command in (told.value.hint or "")


def test_nothing_of_a_package_runs_when_it_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By pip itself, from a folder: an archive whose set-up would leave a trace."""
    index, scratch, trace = tmp_path / "index", tmp_path / "scratch", tmp_path / "trace"
    index.mkdir()
    scratch.mkdir()
    path = index / "streets-1.0.tar.gz"
    ran = f"open({str(trace)!r}, 'w').close()\nfrom setuptools import setup\nsetup()\n"
    tar(path, {"streets-1.0/setup.py": ran.encode(), "streets-1.0/PKG-INFO": b"Name: streets\n"})
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    package = Package.model_validate(source(path).model_dump(include={*Package.model_fields}))
    fetched = archive(package, scratch, "no hint")
    assert fetched.read_bytes() == path.read_bytes()
    assert not trace.exists()
    (again := tmp_path / "again").mkdir()
    with pytest.raises(ParetaError, match=r"pip couldn't fetch streets 1\.0"):
        archive(package.model_copy(update={"sha256": "0" * 64}), again, "no hint")


TEXTS = st.text(st.sampled_from("abcdefg hij"), min_size=1, max_size=30)
ROWS = st.lists(
    st.builds(Found, st.sampled_from("pqrstuvwxyz"), TEXTS, st.just("yes")), max_size=60
)


@given(ROWS, st.randoms(use_true_random=False))
def test_the_split_keeps_groups_apart_whatever_the_order(rows: list[Found], chance: Any) -> None:
    sizes = Sizes(dev=30, heldout=8, apart=8)
    made = split("seed", rows, sizes)
    shuffled = [*rows]
    chance.shuffle(shuffled)
    again = split("seed", shuffled, sizes)
    assert [len(part) for part in made.values()] == [len(part) for part in again.values()]
    dev, heldout, apart = (
        [row["input"] for row in made[part]] for part in ("dev", "heldout", "apart")
    )
    assert len({*dev, *heldout, *apart}) == len(dev) + len(heldout) + len(apart)
    assert not [*near_pairs(dev, [*heldout, *apart])]
    assert (len(dev) <= sizes.dev, len(heldout) <= 8, len(apart) <= 8) == (True, True, True)


def test_reviews_are_labelled_by_their_mean_rating(tmp_path: Path) -> None:
    lines = "1_1\t-2.5\tit broke.\n1_2\t0.5\tit is grey.\n2_1\t0.55\tnice enough.\n"
    inner = tmp_path / "inner.tar.gz"
    tar(inner, {"hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt": lines.encode()})
    path = tmp_path / "outer.tar.gz"
    tar(path, {"v/additional_resources/hutto_ICWSM_2014.tar.gz": inner.read_bytes(), "v/a": b""})
    found = _read("rated_reviews", path)
    assert [(row.group, row.expected) for row in found] == [
        ("1", "negative"),
        ("1", "neutral"),
        ("2", "positive"),
    ]


def test_mail_is_its_subject_and_its_readable_body(tmp_path: Path) -> None:
    plain = "Subject: Re: [list] lunch\nX-A: b\n\nAt   noon?\n\nBye"
    html = "Subject: WIN\nContent-Type: text/html\n\n<style>p {}</style><b>A&amp;B</b> now"
    members = {
        "package/data/hard-ham-1/00003.aa.json": json.dumps({"text": plain}).encode(),
        "package/data/spam-2/00002.bb.json": json.dumps({"text": html}).encode(),
        "package/data/spam-2/00001.cc.json": b"not taken, so not read",
        "package/data/easy-ham-1/00001.dd.json": b"not taken either",
        "package/lib/index.js": b"nothing",
    }
    path = tmp_path / "mail.tgz"
    tar(path, members)
    ham, spam = _read("mail", path)
    assert ham.group == "lunch"
    assert (ham.input, ham.expected) == ("Re: [list] lunch\n\nAt noon?\nBye", "ham")
    assert (spam.input, spam.expected) == ("WIN\n\nA&B now", "spam")


def test_messages_come_with_their_translations(tmp_path: Path) -> None:
    catalogue = (
        'msgid ""\nmsgstr ""\n"Language: de\\n"\n\n'
        'msgid "Delete this page"\nmsgstr "Diese Seite "\n"jetzt löschen"\n\n'
        '#, fuzzy\nmsgid "Move this page"\nmsgstr "Diese Seite bewegen"\n\n'
        'msgid "Welcome %(name)s to us"\nmsgstr "Willkommen %(name)s bei uns"\n\n'
        'msgid "Yes"\nmsgstr "Ja"\n'
    )
    path = tmp_path / "site-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("site/locale/de/LC_MESSAGES/django.po", catalogue)
        packed.writestr("site/locale/xx/LC_MESSAGES/django.po", catalogue)
    assert [(row.input, row.expected) for row in _read("interface_messages", path)] == [
        ("Diese Seite jetzt löschen", "de"),
        ("Delete this page", "en"),
    ]


def _read(name: str, path: Path) -> list[Found]:
    read = reader(name)
    return [*read.read(files(path, read.wants))]


SOURCED = [task for task in Catalog().tasks() if task.spec.source]


@pytest.mark.parametrize("task", SOURCED, ids=lambda task: task.id)
def test_a_task_tells_of_its_rows_without_fetching_them(
    task: CatalogTask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(kept.ENV_ARCHIVES, str(tmp_path))
    told, board = task.task_wire(3), task.leaderboard()
    assert (told.rows, board.rows, told.examples) == ("real", "real", None)
    assert told.development_rows
    assert board.recommended
    assert board.source
    assert not task.outdated
    learns = next(m.runtime for m in task.spec.models if m.runtime in ("linear", "tagger"))
    with pytest.raises(ParetaError, match="PARETA_PLAN_ARCHIVES has no"):
        loading.load(task, learns, {}, unheard)

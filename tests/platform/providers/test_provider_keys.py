"""A key goes to whom the user means, and nobody sees it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pareta_plan.platform.providers.connected import Provider
from pareta_plan.platform.providers.keys import ENV_TRUSTED, FILE, KeyProblem, key_of, variable
from pareta_plan.platform.providers.provider import ProviderSpec
from pareta_plan.platform.providers.transport import Transport

KEY = "sk-decoy-51c2f09e7ab34d68"
HERE = ProviderSpec(name="box", base_url="http://127.0.0.1:8000/v1")
THERE = ProviderSpec(name="box", base_url="https://models.example.com/v1")
PLAIN = ProviderSpec(name="box", base_url="http://10.0.0.7:8000/v1")
OPENAI = ProviderSpec(name="openai")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PARETA_PLAN_CONFIG", str(tmp_path))
    return tmp_path / FILE


def _written(file: Path, text: str, mode: int = 0o600) -> None:
    file.write_text(text)
    file.chmod(mode)


def _found(spec: ProviderSpec, **environment: str) -> str | None:
    key = key_of(spec, environment)
    return key.get_secret_value() if key else None


@pytest.mark.usefixtures("file")
class TestEnvironment:
    def test_a_vendors_own_variable(self) -> None:
        assert _found(OPENAI, OPENAI_API_KEY=f" {KEY}\n") == KEY
        assert _found(OPENAI, OPENAI_API_KEY="no", PARETA_PLAN_KEY_OPENAI=KEY) == KEY

    def test_a_vendor_needs_one(self) -> None:
        with pytest.raises(KeyProblem, match="needs a key") as failed:
            key_of(OPENAI, {"OPENAI_API_KEY": "  "})
        assert "set OPENAI_API_KEY, or put it under keys, openai, in " in str(failed.value.hint)

    def test_a_server_needs_none(self) -> None:
        assert _found(HERE, OPENAI_API_KEY=KEY) is None
        assert _found(THERE, OPENAI_API_KEY=KEY, ANTHROPIC_API_KEY=KEY) is None

    def test_loopback_gets_its_own(self) -> None:
        assert _found(HERE, PARETA_PLAN_KEY_BOX=KEY) == KEY
        two = ProviderSpec(name="my-box", base_url="http://localhost:1/v1")
        assert _found(two, PARETA_PLAN_KEY_MY_BOX=KEY) == KEY

    def test_another_gets_it_only_where_its_origin_is_trusted(self) -> None:
        with pytest.raises(KeyProblem, match="is not trusted with one") as failed:
            key_of(THERE, {"PARETA_PLAN_KEY_BOX": KEY})
        assert f"set {ENV_TRUSTED}=https://models.example.com" in str(failed.value.hint)
        for trusted in ("https://models.example.com", "x, https://Models.Example.com:443/v1"):
            assert _found(THERE, PARETA_PLAN_KEY_BOX=KEY, **{ENV_TRUSTED: trusted}) == KEY
        for other in (
            "http://models.example.com",
            "https://example.com",
            "*",
            "models.example.com",
        ):
            with pytest.raises(KeyProblem):
                key_of(THERE, {"PARETA_PLAN_KEY_BOX": KEY, ENV_TRUSTED: other})

    def test_none_goes_over_plain_http(self) -> None:
        with pytest.raises(KeyProblem, match="over plain HTTP"):
            key_of(PLAIN, {"PARETA_PLAN_KEY_BOX": KEY, ENV_TRUSTED: PLAIN.origin})

    @pytest.mark.parametrize("bad", ["sk 1", "sk-\n1", "sk-é", "sk-\x001"])
    def test_what_is_no_key_is_told_without_it(self, bad: str) -> None:
        with pytest.raises(KeyProblem, match="is no key") as failed:
            key_of(OPENAI, {"OPENAI_API_KEY": bad})
        assert bad not in f"{failed.value!r}{failed.value.hint}"


class TestFile:
    def test_of_a_vendor_and_of_an_origin(self, file: Path) -> None:
        _written(file, f"keys: {{openai: {KEY}1, 'https://models.example.com': {KEY}2}}")
        assert (_found(OPENAI), _found(THERE), _found(HERE)) == (f"{KEY}1", f"{KEY}2", None)

    def test_it_trusts_origins(self, file: Path) -> None:
        _written(file, "trusted_origins: ['https://models.example.com']")
        assert _found(THERE, PARETA_PLAN_KEY_BOX=KEY) == KEY

    def test_a_name_in_a_repository_gets_no_key_of_an_origin(self, file: Path) -> None:
        """A stranger's `models` at another address is another server."""
        _written(file, f"keys: {{'https://models.example.com': {KEY}}}")
        thief = ProviderSpec(name="box", base_url="https://models.example.com.evil.example/v1")
        assert _found(thief) is None

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
    def test_others_may_not_read_it(self, file: Path, mode: int) -> None:
        _written(file, f"keys: {{openai: {KEY}}}", mode)
        with pytest.raises(KeyProblem, match="others than you") as failed:
            key_of(OPENAI, {})
        assert failed.value.hint == f"chmod 600 {file}"

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (f"keys: [{KEY}", "providers.yaml:1 is not YAML"),
            (f"keys: {KEY}", "see keys"),
            (f"keys: {{nobody-{KEY}: x}}", "see keys"),
            (f"keys: {{'https://u:{KEY}@x/': x}}", "see keys"),
            (f"trusted_origins: https://{KEY}/a", "see trusted_origins"),
            (f"{KEY}: 1", "is not as it should be"),
            (f"- {KEY}", "is not as it should be"),
            (f"keys: {{openai: [{KEY}]}}", "see keys"),
        ],
    )
    def test_what_is_wrong_with_it_is_told_without_it(
        self, file: Path, text: str, says: str
    ) -> None:
        _written(file, text)
        with pytest.raises(KeyProblem) as failed:
            key_of(OPENAI, {})
        assert says in str(failed.value)
        told = f"{failed.value!r} {failed.value.hint} {failed.value.__context__!r}"
        assert KEY not in told

    def test_bytes_that_are_no_text(self, file: Path) -> None:
        file.write_bytes(b"\xff\xfe" + KEY.encode())
        file.chmod(0o600)
        with pytest.raises(KeyProblem, match="can't be read"):
            key_of(OPENAI, {})


def test_a_key_is_hidden_in_every_value(file: Path) -> None:
    key = key_of(OPENAI, {"OPENAI_API_KEY": KEY})
    assert file.exists() is False
    with Transport() as sent:
        provider = Provider(OPENAI, key, sent)
        call = provider.call("/x", {"secret": KEY})
        told = f"{key} {key!r} {provider} {provider!r} {call} {call!r} {vars(provider)}"
    assert KEY not in told
    assert KEY in call.headers["Authorization"]
    assert variable(OPENAI) == "OPENAI_API_KEY"
    assert KEY.encode() not in pickle.dumps(OPENAI)

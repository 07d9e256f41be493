"""The settings: read from the environment, wrong ones said, and documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobility.bootstrap import ConfigurationError, build_services, load_settings
from mobility.settings import Settings, render_settings_table

ROOT = Path(__file__).parents[2]


def test_the_page_of_settings_is_that_of_the_code() -> None:
    """If not: .venv/bin/mobility settings > docs/settings.md"""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == render_settings_table()


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_without_anything_all_is_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MOBILITY_{name.upper()}", raising=False)
    settings = Settings()
    assert settings.data_dir == ROOT / ".data"
    assert settings.database_url == f"sqlite:///{ROOT / '.data' / 'mobility.sqlite'}"


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MOBILITY_CORS_ORIGINS", "https://a.example, https://b.example")
    settings = load_settings()
    assert settings.database_url == f"sqlite:///{tmp_path / 'mobility.sqlite'}"
    assert settings.cors_origins == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "MOBILITY_PORT"),
        ("DATABASE_URL", "mysql://x", "must begin with sqlite:/// or postgresql"),
        ("CACHE_URL", "memcached://x", "must be memory:// or redis://"),
        ("LOG_FORMAT", "xml", "MOBILITY_LOG_FORMAT"),
    ],
)
def test_wrong_settings_are_said(monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str) -> None:
    monkeypatch.setenv(f"MOBILITY_{name}", value)
    with pytest.raises(ConfigurationError, match=words):
        load_settings()


def test_several_workers_need_a_cache_they_can_share(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"set MOBILITY_CACHE_URL=redis://HOST:PORT/DB"):
        build_services(Settings(data_dir=tmp_path, workers=2))
    assert list(tmp_path.iterdir()) == [], "nothing was made on the way"

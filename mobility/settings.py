"""Every setting of the application, read from `MOBILITY_…` environment variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _project_root() -> Path:
    """The clone the package runs from, or the current folder where it was installed as a package."""
    clone = Path(__file__).resolve().parents[1]
    return clone if (clone / "pyproject.toml").exists() else Path.cwd()


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


_LOCAL_ADDRESS = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:|/|$)")


class Settings(BaseSettings):
    """The settings. Each is the environment variable `MOBILITY_` + its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="MOBILITY_", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: _project_root() / ".data",
        description="Folder of everything the application writes: the embedded database, feeds, snapshots. "
        "Default: `.data` in the clone, or in the current folder when installed as a package.",
    )
    keys_dir: Path = Field(
        default_factory=Path,
        description="Folder of the secret keys: what signs tokens, what seals bank details. Back it up apart from the "
        "database. Default: `keys` in the data folder.",
    )
    database_url: str = Field(
        default="",
        description="`sqlite:///PATH` or `postgresql+psycopg://USER:PASSWORD@HOST/NAME` (with PostGIS). "
        "Default: `mobility.sqlite` in the data folder.",
    )
    cache_url: str = Field(
        default="memory://",
        description="`memory://` (one worker only) or `redis://HOST:PORT/DB`, which several workers share.",
    )
    host: str = Field(default="127.0.0.1", description="Address the server listens on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    workers: int = Field(
        default=1, ge=1, le=256, description="Server processes. More than one needs a Redis cache."
    )
    worker: Literal["embedded", "separate"] = Field(
        default="embedded",
        description="Who hands events on and does what is due again and again: `embedded`: threads of the server; "
        "`separate`: a process of its own, `mobility worker`, as in production.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity that is logged."
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="`json`: one object a line, for machines; `text`: for people."
    )
    public_url: str = Field(
        default="",
        description="How people reach this server, such as `https://mobilite.example.org`: in links, and as the issuer "
        "of tokens. Needed for signing in with an identity provider.",
    )
    local_login: bool = Field(
        default=True, description="Whether people can sign in with a password kept here."
    )
    sign_up: bool = Field(default=True, description="Whether travellers can make accounts with a password.")
    oidc_issuer: str = Field(
        default="",
        description="The identity provider people can sign in with (OpenID Connect), such as "
        "`https://fcp-low.integ01.dev-franceconnect.fr/api/v2`; empty: none. Needs MOBILITY_PUBLIC_URL.",
    )
    oidc_client_id: str = Field(default="", description="What the identity provider calls this server.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="The secret shared with the identity provider."
    )
    oidc_scope: str = Field(
        default="openid profile email",
        description="What is asked of the identity provider; FranceConnect: `openid given_name family_name birthdate "
        "email`.",
    )
    oidc_acr_values: str = Field(
        default="", description="How surely people must be known; FranceConnect: `eidas1`."
    )
    oidc_app_redirect_url: str = Field(
        default="",
        description="Where the identity provider sends people back to in an app; empty: apps cannot use it.",
    )
    oidc_trust_email: bool = Field(
        default=False,
        description="Whether an account is given to whom the identity provider says has verified its e-mail address. "
        "Only for a provider that is your own.",
    )
    cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_comma_separated)] = Field(
        default=["*"],
        description="Web origins whose pages may call the API, comma-separated; `*` is all, empty is none.",
    )
    rate_limit_per_minute: int = Field(
        default=0, ge=0, description="Requests one address may make in a minute; 0 is no limit."
    )
    request_bytes_max: int = Field(default=1_000_000, ge=1_000, description="Largest request body, in bytes.")
    query_window_s_max: int = Field(
        default=86_400, ge=60, description="Longest search window a journey query may ask for, in seconds."
    )
    query_time_limit_s: float = Field(
        default=10.0,
        gt=0,
        description="A journey query that takes longer is cut off with a reason, in seconds.",
    )
    query_itineraries_max: int = Field(
        default=100, ge=1, description="Most itineraries one journey query may ask for; more are cut to this."
    )
    walk_distance_m_max: int = Field(
        default=2_000,
        ge=100,
        le=20_000,
        description="How far to look for stops on foot around a place, in metres.",
    )
    warm_up_days: int = Field(
        default=2,
        ge=0,
        le=14,
        description="Service days, from today on, made ready before a network is served.",
    )
    watch_interval_s: float = Field(
        default=0.5,
        gt=0,
        le=60,
        description="How often a server looks for a newly published network, in seconds.",
    )
    feed_download_bytes_max: int = Field(
        default=2_000_000_000,
        ge=1_000,
        description="Largest feed archive or street extract that is downloaded or read, in bytes.",
    )
    feed_download_timeout_s: float = Field(
        default=300.0,
        gt=0,
        description="Longest time the download of a feed or street extract may take, in seconds.",
    )
    live_message_bytes_max: int = Field(
        default=100_000_000,
        ge=1_000,
        description="Largest message of a source of real time that is read, in bytes.",
    )
    live_timeout_s: float = Field(
        default=10.0, gt=0, description="Longest time a message of real time may take to come, in seconds."
    )
    carpool_operator_name: str = Field(
        default="Lignes de covoiturage",
        min_length=1,
        description="Who runs the carpool lines, as travellers read it.",
    )
    carpool_operator_url: str = Field(
        default="https://www.viamobigo.fr/",
        pattern=r"https?://.+",
        description="Where travellers read about the carpool lines.",
    )
    carpool_operator_phone: str = Field(
        default="", description="Whom travellers call about the carpool lines; empty: nobody."
    )
    standard_covoiturage: Literal["rides", "test-data"] = Field(
        default="rides",
        description="What other platforms find and book by standard covoiturage: `rides`: those of the carpool lines; "
        "`test-data`: what `mobility standard-covoiturage load` loaded, and nobody's ride.",
    )
    operator_domain: str = Field(
        default="mobility.example.org",
        pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$",
        description="Our domain name, by which other carpool platforms know this operator.",
    )
    national_register_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Root of the national register's API, such as `https://api.covoiturage.beta.gouv.fr/v3.3`; empty: "
        "nothing is sent.",
    )
    national_register_access_key: str = Field(
        default="", description="Access key of the operator at the national register."
    )
    national_register_secret_key: SecretStr = Field(
        default=SecretStr(""), description="Secret key that belongs to it."
    )
    national_register_siret: str = Field(
        default="",
        pattern=r"^([0-9]{14})?$",
        description="SIRET of who pays the incentives (14 digits), as the national register is told.",
    )
    national_register_timeout_s: float = Field(
        default=15.0, gt=0, description="Longest time the national register may take to answer, in seconds."
    )
    production: bool | None = Field(
        default=None,
        description="Whether real people pay with real money here: the sandbox of payments then refuses to run. "
        "Default: where MOBILITY_PUBLIC_URL names another machine than this.",
    )
    payment_provider: Literal["", "none", "sandbox", "stripe", "eopayment"] = Field(
        default="",
        description="Whom tickets are paid at. Default: `sandbox`, a bank for trying things out with test cards; in "
        "production nobody (`none`), so that only agents and drivers sell, for cash.",
    )
    stripe_secret_key: SecretStr = Field(
        default=SecretStr(""), description="Secret key of the account at Stripe."
    )
    stripe_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The secret Stripe signs webhooks with (`whsec_…`), of the endpoint "
        "`/v1/payments/webhooks/stripe`.",
    )
    stripe_api_base: str = Field(
        default="https://api.stripe.com", pattern=r"https?://.+", description="Where Stripe's API is."
    )
    eopayment_backend: Literal["payfip_ws", "mollie"] = Field(
        default="payfip_ws",
        description="Which service eopayment talks to: `payfip_ws` (PayFiP, of public bodies in France) or `mollie`.",
    )
    eopayment_options: SecretStr = Field(
        default=SecretStr("{}"),
        description='Its options, as a JSON object; PayFiP: `{"numcli": "6 digits", "saisie": "T"}` (`W`: production).',
    )
    payer_name: str = Field(
        default="", description="Whose bank account pays drivers and operators, as banks know it."
    )
    payer_iban: SecretStr = Field(default=SecretStr(""), description="The IBAN they are paid from.")
    payer_bic: str = Field(default="", description="Its BIC, where the IBAN does not tell.")
    operators_file: Path | None = Field(
        default=None,
        description="TOML of the operators' bank accounts: a table for each, as the book of sales names it, with "
        "`name`, `iban` and, where the IBAN does not tell, `bic`.",
    )
    payout_cents_min: int = Field(
        default=100,
        ge=1,
        description="Least amount a driver is paid, in cents; less waits for the next payout.",
    )
    ticket_issuer: str = Field(
        default="MOBI",
        pattern=r"^[A-Z0-9]{2,8}$",
        description="Who issues tickets, as codes say it: unique among all issuers whose tickets are inspected here. "
        "Not to be changed while tickets are valid.",
    )
    communes_file: Path | None = Field(
        default=None,
        description="CSV of communes with the columns `insee`, `nom` and `epci_nom`: exports of journeys then name "
        "communes and their intercommunalities beside the codes.",
    )
    subsidy_settle_after_h: int = Field(
        default=48,
        ge=0,
        le=24 * 60,
        description="How many hours after it started a trip is granted its subsidy, so that phones that were without "
        "network are in.",
    )
    feed_versions_kept: int = Field(
        default=3, ge=1, description="Versions of each feed kept for going back, the active one included."
    )

    @model_validator(mode="after")
    def _derive_and_check(self) -> Settings:
        object.__setattr__(self, "data_dir", self.data_dir.expanduser().resolve())
        keys = self.data_dir / "keys" if self.keys_dir == Path() else self.keys_dir
        object.__setattr__(self, "keys_dir", keys.expanduser().resolve())
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.data_dir / 'mobility.sqlite'}")
        if self.oidc_issuer and not (self.oidc_client_id and self.public_url):
            raise ValueError("MOBILITY_OIDC_ISSUER needs MOBILITY_OIDC_CLIENT_ID and MOBILITY_PUBLIC_URL")
        object.__setattr__(self, "public_url", self.public_url.rstrip("/"))
        if not self.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("MOBILITY_DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
        if not self.cache_url.startswith(("memory://", "redis://", "rediss://", "unix://")):
            raise ValueError("MOBILITY_CACHE_URL must be memory:// or redis://HOST:PORT/DB")
        if self.production is None:
            is_here = _LOCAL_ADDRESS.match(self.public_url) or not self.public_url
            object.__setattr__(self, "production", not is_here)
        if not self.payment_provider:
            object.__setattr__(self, "payment_provider", "none" if self.production else "sandbox")
        self._check_payments()
        if self.national_register_url and not (
            self.national_register_access_key
            and self.national_register_secret_key.get_secret_value()
            and self.national_register_siret
        ):
            raise ValueError(
                "MOBILITY_NATIONAL_REGISTER_URL needs MOBILITY_NATIONAL_REGISTER_ACCESS_KEY, …_SECRET_KEY and …_SIRET"
            )
        return self

    def _check_payments(self) -> None:
        if self.payment_provider == "sandbox" and self.production:
            raise ValueError(
                "MOBILITY_PAYMENT_PROVIDER=sandbox gives tickets away: not in production (MOBILITY_PRODUCTION)"
            )
        if self.payment_provider == "stripe" and not (
            self.stripe_secret_key.get_secret_value() and self.stripe_webhook_secret.get_secret_value()
        ):
            raise ValueError(
                "MOBILITY_PAYMENT_PROVIDER=stripe needs MOBILITY_STRIPE_SECRET_KEY and …_WEBHOOK_SECRET"
            )
        if self.payment_provider in ("stripe", "eopayment") and not self.public_url:
            raise ValueError("MOBILITY_PAYMENT_PROVIDER needs MOBILITY_PUBLIC_URL: where buyers come back to")


def render_settings_table() -> str:
    """The settings as a Markdown table: docs/settings.md is this text."""
    lines = [
        "# Settings",
        "",
        "Environment variables; all are optional. Made from `mobility/settings.py` by `mobility settings`.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = field.default if field.default_factory is None else ""
        default = default.get_secret_value() if isinstance(default, SecretStr) else default
        shown = ",".join(default) if isinstance(default, list) else default
        shown = f"`{shown}`" if str(shown) else ""
        lines.append(
            f"| `MOBILITY_{name.upper()}` | {shown} | {(field.description or '').replace('|', '&#124;')} |"
        )
    return "\n".join(lines) + "\n"

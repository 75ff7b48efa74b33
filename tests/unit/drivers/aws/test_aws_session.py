"""Connecting: credentials, regions, and what people are told when they are missing. Nothing is sent anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mcflow.drivers.aws import driver
from mcflow.drivers.aws.session import CONFIG_SCHEMA, AwsSession
from mcflow.drivers.sdk import InvalidCredentials, InvalidRequest
from mcflow.model.connection import Connection


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any AWS configuration."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
                 "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2", "AWS_WEB_IDENTITY_TOKEN_FILE",
                 "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def connect(region: str | None = "ap-northeast-2", **config: Any) -> AwsSession:
    session = driver.connect(Connection("seoul", "aws", region, config))
    assert isinstance(session, AwsSession)
    return session


def client(session: AwsSession) -> Any:
    return session._client("ec2", patient=False)


@pytest.mark.usefixtures("home")
def test_no_credentials_says_what_was_tried_and_what_to_type() -> None:
    with pytest.raises(InvalidCredentials) as missing:
        connect().identity()
    text = missing.value.message
    for part in ("'seoul'", "AWS_ACCESS_KEY_ID", "default profile", "metadata", "aws configure", "aws sso login"):
        assert part in text


@pytest.mark.usefixtures("home")
def test_a_missing_profile_names_it() -> None:
    with pytest.raises(InvalidCredentials, match=r"profile 'deploy'.*aws sso login --profile deploy"):
        connect(profile="deploy")


@pytest.mark.usefixtures("home")
def test_a_role_without_anything_to_assume_it_with() -> None:
    with pytest.raises(InvalidCredentials, match="nothing to assume"):
        connect(role_arn="arn:aws:iam::123456789012:role/deploy")


@pytest.mark.usefixtures("home")
def test_no_region_says_where_to_write_it() -> None:
    with pytest.raises(InvalidRequest, match="AWS_DEFAULT_REGION"):
        connect(region=None)


def test_region_and_keys_of_a_profile(home: Path) -> None:
    (home / "config").write_text("[profile lab]\nregion = eu-west-3\n")
    (home / "credentials").write_text("[lab]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = x\n")
    session = connect(region=None, profile="lab")
    assert session.region == "eu-west-3"
    assert session._boto.get_credentials().access_key == "AKIDEXAMPLE"


def test_the_connections_region_wins(home: Path) -> None:
    (home / "config").write_text("[default]\nregion = eu-west-3\n")
    session = connect(region="ap-northeast-2")
    assert session.region == "ap-northeast-2"
    assert client(session).meta.region_name == "ap-northeast-2"


@pytest.mark.usefixtures("home")
def test_requests_are_sent_once_and_in_time() -> None:
    config = client(connect(request_timeout=7)).meta.config
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout) == (7, 7)
    assert "mcflow/" in config.user_agent


@pytest.mark.usefixtures("home")
def test_catalogs_have_time_and_are_asked_again() -> None:
    session = connect(request_timeout=7)
    catalog, identity = session._client("ec2", patient=True).meta.config, session._client("sts", patient=True).meta.config
    assert (catalog.connect_timeout, catalog.read_timeout) == (7, 60)
    assert catalog.retries["total_max_attempts"] > identity.retries["total_max_attempts"] > 1
    assert connect(request_timeout=90)._client("ec2", patient=True).meta.config.read_timeout == 90


@pytest.mark.usefixtures("home")
def test_descriptions_of_services_are_read_once_for_all_connections() -> None:
    loaders = [connect(endpoint=f"http://127.0.0.1:{port}")._boto.get_component("data_loader") for port in (9, 10)]
    assert loaders[0] is loaders[1]


@pytest.mark.usefixtures("home")
def test_endpoint_of_the_connection_and_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert client(connect(endpoint="http://127.0.0.1:9")).meta.endpoint_url == "http://127.0.0.1:9"
    assert connect(endpoint="http://127.0.0.1:9")._endpoint() == "http://127.0.0.1:9"
    assert connect()._endpoint() == ""
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:10")
    assert connect()._endpoint() == "http://127.0.0.1:10"


@pytest.mark.usefixtures("home")
def test_times_of_the_connection() -> None:
    session = connect(request_timeout=7, visibility_lag=0, poll_interval=0.1, requests_per_second=0)
    assert (session.request_lifetime, session.visibility_lag, session.poll_interval, session.rate) == (7.0, 0.0, 0.1, 0.0)
    session.close()


@pytest.mark.parametrize("config", [{"account": "123"}, {"endpoint": "ftp://x"}, {"request_timeout": 0}, {"secret_key": "x"},
                                    {"role_arn": "role"}])
def test_wrong_connection_keys_are_refused_by_the_schema(config: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config, CONFIG_SCHEMA)

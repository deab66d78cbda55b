"""What never reaches a file, and what only looks like it. All secrets are made up, and put together at run time."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import pytest

import tripwire
from tripwire import _settings
from tripwire._writing import _render
from tripwire._writing._render import Masks
from tripwire._writing._statement import Statement

MASKS = Masks(matchers=False)


def made_up(length: int, alphabet: str = "aB3xK9mQ7pZ2wT5rY8vN4cJ6hL1dF0gS") -> str:
    return "".join(alphabet[(7 * number + number // 5) % len(alphabet)] for number in range(length))


def b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


UPPER, HEX = "A7B2C9D4E6F3G5H8", "0f3a9b7c5d1e2468"
JWT = ".".join((b64('{"alg":"HS256","typ":"JWT"}'), b64('{"sub":"42","name":"Ada"}'), made_up(43)))
PEM = f"-----BEGIN {'RSA PRIVATE'} KEY-----\n{made_up(64)}\n{made_up(30)}==\n-----END {'RSA PRIVATE'} KEY-----\n"
BASIC = base64.b64encode(b"ada:enchantress").decode()
CARD = "-".join(("4539", "5787", "6362", "1486"))

# What stands in a value, what of it must not be written, and what a mock says instead.
BY_SHAPE: list[tuple[str, str, str]] = [
    ("AKIA" + made_up(16, UPPER), made_up(16, UPPER), "AKIAplaceholder"),
    ("ASIA" + made_up(16, UPPER), made_up(16, UPPER), "ASIAplaceholder"),
    (made_up(40), made_up(40), "placeholder"),
    *(
        (f"{prefix}{rest}", rest, f"{prefix}placeholder")
        for prefix, rest in (
            ("gh" + "p_", made_up(36)),
            ("gh" + "s_", made_up(36)),
            ("github" + "_pat_", made_up(60)),
            ("gl" + "pat-", made_up(20)),
            ("xox" + "b-", "123456789012-" + made_up(24)),
            ("xap" + "p-", "1-A0-" + made_up(40)),
            ("sk" + "_live_", made_up(24)),
            ("rk" + "_test_", made_up(24)),
            ("wh" + "sec_", made_up(32)),
            ("sk-" + "proj-", made_up(48)),
            ("s" + "k-", made_up(48)),
            ("sk-" + "ant-", "api03-" + made_up(60)),
            ("AI" + "za", made_up(35)),
            ("ya" + "29.", made_up(60)),
            ("GOC" + "SPX-", made_up(28)),
            ("np" + "m_", made_up(36)),
            ("py" + "pi-", "AgEI" + made_up(80)),
            ("h" + "f_", made_up(34)),
            ("S" + "G.", made_up(22) + "." + made_up(43)),
            ("shp" + "at_", made_up(32, HEX)),
            ("do" + "p_v1_", made_up(64, HEX)),
            ("dckr" + "_pat_", made_up(27)),
            ("hv" + "s.", made_up(24)),
            ("ke" + "y-", made_up(32, HEX)),
            ("https://hooks.slack" + ".com/services/", "T0/B0/" + made_up(24)),
            ("Bearer ", made_up(30)),
        )
    ),
    (f"1234567890:{'AA'}{made_up(33)}", made_up(33), "1234567890:AAplaceholder"),
    (JWT, JWT.partition(".")[2], "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwbGFjZWhvbGRlciJ9.placeholder"),
    (
        PEM,
        made_up(64),
        f"-----BEGIN {'RSA PRIVATE'} KEY-----\nplaceholder\n-----END {'RSA PRIVATE'} KEY-----\n",
    ),
    (f"Basic {BASIC}", BASIC, "Basic cGxhY2Vob2xkZXI6cGxhY2Vob2xkZXI="),
    (CARD, CARD, "0000-0000-0000-0000"),
    (f"card {CARD.replace('-', '')}!", CARD.replace("-", ""), "card 0000000000000000!"),
    ("postgres://app:hunter2@db:5432/shop", "hunter2", "postgres://app:placeholder@db:5432/shop"),
    ("redis://:hunter2@cache/0", "hunter2", "redis://:placeholder@cache/0"),
    ("amqps://a:p@ss@mq/%2f", "p@ss", "amqps://a:placeholder@mq/%2f"),
    ("https://" + made_up(30) + "@git.test/x.git", made_up(30), "https://placeholder@git.test/x.git"),
    ("host=db user=app password=hunter2 dbname=x", "hunter2", "host=db user=app password=placeholder dbname=x"),
    ("Server=db;Uid=a;Pwd=hunter2;", "hunter2", "Server=db;Uid=a;Pwd=placeholder;"),
    ("AccountName=a;AccountKey=" + made_up(60), made_up(60), "AccountName=a;AccountKey=placeholder"),
    ("https://x.test/?a=1&api_key=k1&b=2", "k1", "https://x.test/?a=1&api_key=placeholder&b=2"),
    ("https://x.test/cb#access_token=t1&b=2", "t1", "https://x.test/cb#access_token=placeholder&b=2"),
    ("user=ada&password=hunter2", "hunter2", "user=ada&password=placeholder"),
    ('{"user": "ada", "clientSecret": "s3"}', "s3", '{"user": "ada", "clientSecret": "placeholder"}'),
    ("POST / HTTP/1.1\nX-Api-Key: k1\n\n", "k1", "POST / HTTP/1.1\nX-Api-Key: placeholder\n\n"),
    ("<u><password>pw1</password></u>", "pw1", "<u><password>placeholder</password></u>"),
    ("psql --password pw1 -h db", "pw1", "psql --password placeholder -h db"),
    ("login --token=t1 x", "t1", "login --token=placeholder x"),
    ("ALTER ROLE a PASSWORD 'pw1'", "pw1", "ALTER ROLE a PASSWORD 'placeholder'"),
    ("export DB_PASSWORD='pw1'; run", "pw1", "export DB_PASSWORD='placeholder'; run"),
    (
        '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\npw1\r\n--x--',
        "pw1",
        '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nplaceholder\r\n--x--',
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "secret", "instead"), BY_SHAPE, ids=[instead[:30] for *_, instead in BY_SHAPE]
)
def test_a_secret_by_its_shape(value: str, secret: str, instead: str) -> None:
    for shown, stands_in in ((value, instead), (value.encode(), instead.encode())):
        asserted = _render.value([shown], MASKS, name="", is_assertion=True)
        assert (asserted.text, asserted.comment) == ("[mock.ANY]", "a secret")
        mocked = _render.value(shown, MASKS, name="", is_assertion=False)
        assert eval(mocked.text) == stands_in
        assert secret not in mocked.text
        again = _render.value(stands_in, MASKS, name="", is_assertion=True)
        assert "a secret" not in again.comment, "what stands in is none"


NAMED = (
    "Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "api_key", "apikey", "password", "passwd",
    "PGPASSWORD", "MYSQL_PWD", "db_password", "passphrase", "secret", "client_secret", "clientSecret",
    "AWS_SECRET_ACCESS_KEY", "aws_access_key_id", "token", "access_token", "refreshToken", "GITHUB_TOKEN",
    "X-Auth-Token", "csrftoken", "private_key", "privateKey", "signing-key", "session_id", "sessionid",
    "PHPSESSID", "credentials", "signature", "jwt", "otp", "cvv", "--password",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_a_secret_by_its_name(name: str) -> None:
    given = {name: "abc 12"} if name != "Cookie" else {name: "a=abc12"}
    asserted = _render.value({"headers": given}, MASKS, name="", is_assertion=True)
    assert asserted.text == f"{{'headers': {{{name!r}: mock.ANY}}}}"
    mocked = _render.value(given, MASKS, name="", is_assertion=False)
    assert "placeholder" in mocked.text
    assert "12" not in mocked.text


@pytest.mark.parametrize(
    ("value", "asserted", "mocked"),
    [
        ({"token": 12345}, "{'token': mock.ANY}", "{'token': 0}"),
        ({"token": b"t1"}, "{'token': mock.ANY}", "{'token': b'placeholder'}"),
        ({b"authorization": b"Bearer t1"}, "{b'authorization': mock.ANY}", "{b'authorization': b'Bearer placeholder'}"),
        ([("Cookie", "a=1; b=2")], "[('Cookie', mock.ANY)]", "[('Cookie', 'a=placeholder; b=placeholder')]"),
        (
            {"Set-Cookie": ["a=1; Path=/; HttpOnly"]},
            "{'Set-Cookie': mock.ANY}",
            "{'Set-Cookie': ['a=placeholder; Path=/; HttpOnly']}",
        ),
        ({"credentials": {"user": "ada"}}, "{'credentials': mock.ANY}", "{'credentials': {'user': 'placeholder'}}"),
        ({"auth": ("ada", "pw")}, "{'auth': ('ada', mock.ANY)}", "{'auth': ('ada', 'placeholder')}"),
        (["x", "--password", "pw"], "['x', '--password', mock.ANY]", "['x', '--password', 'placeholder']"),
        (["curl", "-u", "ada:pw"], "['curl', '-u', mock.ANY]", "['curl', '-u', 'placeholder']"),
        (
            [{"name": "Authorization", "value": "Bearer t1"}],
            "[{'name': 'Authorization', 'value': mock.ANY}]",
            "[{'name': 'Authorization', 'value': 'Bearer placeholder'}]",
        ),
        ({"token": UUID(int=5)}, "{'token': mock.ANY}", f"{{'token': UUID('{UUID(int=0)}')}}"),
        ({"token": date(1980, 2, 3)}, "{'token': date(1980, 2, 3)}", "{'token': date(1980, 2, 3)}"),
        ({"card": 4539578763621486}, "{'card': mock.ANY}", "{'card': 0}"),
        (Path("/x?token=t1"), "mock.ANY", "Path('/x?token=placeholder')"),
        ({"AKIA" + made_up(16, UPPER): 1}, "mock.ANY", "{'AKIAplaceholder': 1}"),
    ],
)  # fmt: skip
def test_where_secrets_stand(value: Any, asserted: str, mocked: str) -> None:
    assert _render.value(value, MASKS, name="", is_assertion=True).text == asserted
    assert _render.value(value, MASKS, name="", is_assertion=False).text == mocked


def test_a_name_that_is_a_secret_is_in_no_comment() -> None:
    code = _render.value({"AKIA" + made_up(16, UPPER): object()}, MASKS, name="", is_assertion=False)
    assert (code.text, code.comment) == ("{'AKIAplaceholder': mock.ANY}", "object has no literal")


class HidingText(str):
    """Shows less than it is, as what a plugin records of a password."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@pytest.mark.parametrize(("name", "text"), [("password", "pw1"), ("dsn", "postgres://a:pw1@db/x")])
def test_a_text_that_hides_itself(name: str, text: str) -> None:
    assert _render.value(HidingText(text), MASKS, name=name, is_assertion=True).text == "mock.ANY"
    mocked = _render.value(HidingText(text), MASKS, name=name, is_assertion=False).text
    assert eval(mocked) == text.replace("pw1", "placeholder")


@pytest.mark.parametrize(
    "part", ['name="a"\r\n', "a://", '"a":"', "password=", "--a ", "-", "[::1]:", "2026-11-22"]
)
def test_a_long_text_costs_little(part: str) -> None:
    text = part * (100_000 // len(part))
    start = time.process_time()
    _render.value(text, MASKS, name="", is_assertion=False)
    assert time.process_time() - start < 10, (
        "it takes less than one, and minutes where a pattern goes back and forth"
    )


def test_arguments() -> None:
    statement = Statement("connect", ("db",), {"password": "pw1"}).expect("login", token="t1")
    code = _render.call(statement, None, MASKS, is_assertion=True)
    assert code.text == "connect('db', password=mock.ANY).login(token=mock.ANY)"
    assert code.comment == "password: a secret; token: a secret"
    code = _render.call(statement, None, MASKS, is_assertion=False)
    assert code.text == "connect('db', password='placeholder').login(token='placeholder')"


HARMLESS: list[Any] = [
    "AKIA is a prefix", "task_live_or_dead", "sk-learn", "risk-assessment-of-the-whole-company-2024-report",
    "ghp_short", "xoxo", "pypi-simple", "npm_config_cache", "https://hooks.slack.test/", "eyJust a word",
    "-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
    "Basic instructions", "bearer of news", "Bearer authentication", "http://localhost:8080/a:b@c",
    "ssh://git@github.test/a/b.git", "postgres://app@localhost/x", "postgres://app:$PASSWORD@db/x", "mailto:ada@x.test",
    "SELECT * FROM t WHERE token = $1", "UPDATE u SET password = %s", "password=$DB_PASSWORD", "--password", "password",
    "Token: see below, as agreed", "my secret garden", "1234 5678 9012 3456", "4539 5787 6362 1487",
    "0000-0000-0000-0000", "https://x.test/?page_token=abc&key=name", "next_token=abc1", "?tokens=5&passwordless=yes",
    "9b74c9897bac770ffc029102a200c5de", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "/usr/lib/python3.11/site-packages/pytest",
    "com.example.accountmanager.service.FactoryBean", "monkey=banana", "keyboard: qwerty", "a:b@c", "session opened",
    {"max_tokens": 100}, {"token_type": "Bearer"}, {"prompt_tokens": 3}, {"next_page_token": "abc1"},
    {"password_policy": "strict"}, {"cookie_name": "sid"}, {"token_url": "https://x.test/token"}, {"token": None},
    {"password": ""}, {"password": "***"}, {"secret": "${SECRET}"}, {"is_secret": True}, {"author": "Ada 1"},
    {"key": "name", "value": "x1"}, {"primary_key": "id1"}, {"passenger": "Ada 1"}, {"secretary": "Ada 1"},
    {"session": "morning"}, {"session_count": 12}, {"authority": "x1"}, {"designation": "x1"}, {"pin_color": "red1"},
    {"Accept": "text/html"}, {"id": 4539578763621487}, {"id": 1234567890123456}, {"has_token": 1}, {"monkey": "x1"},
    ("token", None), ["password", "email"], {"expires_in": 3600}, {"tokenizer": "x1"}, {"keypad": 12},
]  # fmt: skip


@pytest.mark.parametrize("value", HARMLESS, ids=str)
@pytest.mark.parametrize("is_assertion", [True, False])
def test_what_only_looks_like_a_secret(value: object, is_assertion: bool) -> None:
    code = _render.value(value, MASKS, name="", is_assertion=is_assertion)
    assert (eval(code.text, {"mock": mock}), code.comment) == (value, "")
    assert "mock" not in code.text


def configured(table: dict[str, Any]) -> Masks:
    return Masks.of(_settings.parse(table, "pyproject.toml"))


def test_what_the_project_adds() -> None:
    masks = configured({"secrets": ["x-tenant-*", "/emp-[0-9]{4}/"], "http": {"secrets": ["badge"]}})
    value = {"X-Tenant-Id": "a", "Badge": "b", "note": "of emp-1234, emp-12", "tenant": "c"}
    assert _render.value(value, masks, name="", is_assertion=True).text == (
        "{'X-Tenant-Id': mock.ANY, 'Badge': mock.ANY, 'note': mock.ANY, 'tenant': 'c'}"
    )
    assert eval(_render.value(value, masks, name="", is_assertion=False).text) == {
        "X-Tenant-Id": "placeholder",
        "Badge": "placeholder",
        "note": "of placeholder, emp-12",
        "tenant": "c",
    }


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"secrets": "token"}, "secrets: must be a list of strings, not 'token'"),
        ({"secrets": ["*"]}, "secrets: '*' would make everything a secret"),
        ({"secrets": [""]}, "secrets: '' would make everything a secret"),
        ({"secrets": ["/a*/"]}, "secrets: '/a*/' matches the empty text"),
        (
            {"secrets": ["/(/"]},
            "secrets: '/(/' is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        *(
            (
                {"record_hosts": [host]},
                f"record_hosts: {host!r} is not the pattern of a host, such as '*.example.com', without a port",
            )
            for host in ("", "https://x.test", "x.test:80", "x.test/a", "a b")
        ),
        ({"record_host": 3}, "record_host: is not a setting; did you mean 'record_hosts'?"),
    ],
)
def test_a_wrong_setting(table: dict[str, Any], message: str) -> None:
    with pytest.raises(tripwire.TripwireConfigError) as caught:
        _settings.parse(table, "pyproject.toml")
    assert str(caught.value) == f"pyproject.toml: [tool.tripwire] {message}"


def test_hosts() -> None:
    hosts = ["*.example.com", "db", "10.0.0.?", "::1", "[fd00::*]"]
    assert _settings.parse({"record_hosts": hosts}, "p").record_hosts == tuple(hosts)


def test_no_secret_stands_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert not re.search(r"(ghp_|glpat-|sk_live_|AKIA)[A-Za-z0-9]{12}", text)
    assert len(BY_SHAPE) + len(NAMED) >= 80
    assert len(HARMLESS) >= 60
    assert json.loads(base64.urlsafe_b64decode(JWT.partition(".")[0] + "=="))["typ"] == "JWT"

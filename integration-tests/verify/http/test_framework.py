"""No false alarms: what an application really answers is true of the document that its framework writes."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import Depends, FastAPI, Form, Header, Query, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.testclient import TestClient
from pydantic import BaseModel, Field, HttpUrl, IPvAnyAddress

import tripwire
from tripwire.plugins.http_plugin import HttpPlugin
from tripwire.verifying import Served, Truth, TruthSettings, Unchecked

API = "https://api.example.com"


class Color(str, Enum):
    red = "red"
    blue = "blue"


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    barks: bool


class Group(BaseModel):
    name: str
    parts: list[Group] = []


class Item(BaseModel):
    id: uuid.UUID = Field(default_factory=uuid.uuid4)
    made: datetime = datetime(2026, 1, 31, 10, tzinfo=timezone.utc)
    day: date = date(2026, 1, 31)
    at: time = time(10, 30)
    took: timedelta = timedelta(hours=3)
    price: Decimal = Decimal("1.50")
    ratio: float = 2
    color: Color = Color.red
    tags: set[str] = {"a"}
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat()
    either: int | str | None = None
    group: Group | None = Group(name="a", parts=[Group(name="b")])
    site: HttpUrl = HttpUrl("https://www.example.com")
    address: IPvAnyAddress = Field(default="::1", validate_default=True)
    pair: tuple[int, str] = (1, "a")
    by_name: dict[str, int] = {"x": 1}
    raw: bytes = b"abc"
    number: Annotated[int, Field(gt=0, le=10, multiple_of=2)] = 4


class NewItem(BaseModel):
    name: Annotated[str, Field(min_length=2, pattern=r"^\w+$")]
    color: Color = Color.red
    when: datetime | None = None


app = FastAPI()


@app.get("/items")
def items(
    page: Annotated[int, Query(ge=1)] = 1,
    color: Annotated[list[Color] | None, Query()] = None,
    since: date | None = None,
    *,
    flag: bool = False,
    x_trace: Annotated[uuid.UUID | None, Header()] = None,
) -> list[Item]:
    return [Item(), Item(pet=Dog(barks=True), either="x", group=None)]


@app.get("/items/{number}")
def item(number: int) -> Item | None:
    return Item() if number else None


@app.post("/items", status_code=201)
def make(new: NewItem) -> Item:
    return Item()


@app.put("/items/{number}")
def put(number: int, items: list[NewItem]) -> dict[str, int]:
    return {"number": number}


@app.delete("/items/{number}", status_code=204)
def delete(number: int, token: Annotated[Any, Depends(HTTPBearer())]) -> None: ...


@app.get("/key")
def key(given: Annotated[str, Depends(APIKeyHeader(name="X-Key"))]) -> str:
    return "x"


@app.post("/login")
def login(user: Annotated[str, Form()], days: Annotated[int, Form()] = 1) -> dict[str, str]:
    return {"user": user}


@app.post("/files")
def files(file: UploadFile, more: list[UploadFile], n: Annotated[int, Form()]) -> int:
    return n


@app.get("/text", response_class=PlainTextResponse)
def text() -> str:
    return "x"


@app.get("/html", response_class=HTMLResponse)
def html() -> str:
    return "<p>"


@app.get("/anything")
def anything() -> Any:
    return {"a": [1, None]}


@app.get("/moved", response_class=RedirectResponse, status_code=302)
def moved() -> str:
    return "/text"


@app.get("/raw/{file_path:path}")
def raw(file_path: str) -> str:
    return file_path


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """The document that the framework writes."""
    folder = tmp_path_factory.mktemp("document")
    Path(folder, "api.json").write_text(json.dumps(app.openapi()))
    made = HttpPlugin.truth(TruthSettings({"http": {API: "api.json"}}, None, folder))
    assert made is not None
    return made


FILES = [("file", ("a", b"\xff")), ("more", ("b", b"1")), ("more", ("c", b"2"))]
ANY_SERVER = "a status that any server, or what is before it, may give"


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "unchecked"),
    [
        ("GET", "/items", {}, 200, None),
        ("GET", "/items?page=2&color=red&color=blue&since=2026-01-31&flag=True", {}, 200, None),
        ("GET", "/items?flag=1", {"headers": {"X-Trace": str(uuid.uuid4())}}, 200, None),
        ("GET", "/items?page=0", {}, 422, None),
        ("GET", "/items/5", {}, 200, None),
        ("GET", "/items/0", {}, 200, None),
        ("GET", "/items/x", {}, 422, None),
        ("GET", "/items/", {}, 307, ANY_SERVER),
        ("POST", "/items", {"json": {"name": "ab"}}, 201, None),
        ("POST", "/items", {"json": {"name": "a"}}, 422, None),
        (
            "POST",
            "/items",
            {"json": {"name": "ab", "when": "2026-01-31T10:00:00"}},
            201,
            "a date-time without an offset, as some frameworks send it",
        ),
        ("PUT", "/items/5", {"json": [{"name": "ab", "color": "blue"}]}, 200, None),
        ("PATCH", "/items", {}, 405, None),
        ("DELETE", "/items/5", {"headers": {"Authorization": "Bearer x"}}, 204, None),
        ("DELETE", "/items/5", {}, 401, ANY_SERVER),
        ("GET", "/key", {"headers": {"X-Key": "x"}}, 200, None),
        ("POST", "/login", {"data": {"user": "ann", "days": "3"}}, 200, None),
        ("POST", "/files", {"files": FILES, "data": {"n": "5"}}, 200, None),
        ("GET", "/text", {}, 200, None),
        ("GET", "/html", {}, 200, None),
        ("GET", "/anything", {}, 200, None),
        ("HEAD", "/anything", {}, 405, None),
        ("GET", "/moved", {}, 302, None),
        ("GET", "/raw/a/b%20c.txt", {}, 200, None),
        ("GET", "/nowhere", {}, 404, None),
    ],
)
def test_what_an_application_answers_is_true(
    truth: Truth, method: str, path: str, sent: Any, status: int, unchecked: str | None
) -> None:
    client = TestClient(app, base_url=API, follow_redirects=False)
    real = client.request(method, path, **sent)
    assert real.status_code == status
    headers = {name: value for name, value in real.headers.items() if name != "content-length"}
    http, served = HttpPlugin(tripwire.StrictVerifier()), list[Served]()
    http.verifier.witness = lambda _plugin, call, answer: served.append(Served(call, answer))
    http.mock_response(method, API + path, status=status, body=real.content, headers=headers)
    with http.verifier.sandbox():
        httpx.request(method, API + path, verify=False, **sent)
    [claim] = http.claims(served)
    assert list(truth.check(claim)) == ([] if unchecked is None else [Unchecked(unchecked)])

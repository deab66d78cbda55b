"""python-gitlab, on requests with requests-toolbelt."""

from __future__ import annotations

from typing import Any
from unittest import mock

import gitlab
from gitlab.exceptions import GitlabAuthenticationError, GitlabCreateError

import tripwire

from .api import Api, hidden_trips

PROJECTS = [{"id": number, "name": f"p{number}"} for number in range(3)]


def with_client(api: Api, use: Any) -> Any:
    def program() -> Any:
        with gitlab.Gitlab(api.url, private_token="secret", retry_transient_errors=True) as gl:
            return use(gl)

    return program


def test_projects_page_by_page(api: Api) -> None:
    following = f'<{api.url}/api/v4/projects?page=2&per_page=2>; rel="next"'
    api.answer("GET", "/api/v4/projects", json=PROJECTS[:2], headers=[("Link", following), ("X-Total", "3")])
    api.answer("GET", "/api/v4/projects", json=PROJECTS[2:])
    program = with_client(api, lambda gl: [one.name for one in gl.projects.list(iterator=True, per_page=2)])
    assert api.use(program) == ["p0", "p1", "p2"]
    headers = {"PRIVATE-TOKEN": "secret"}
    tripwire.http.assert_request(
        "GET", f"{api.url}/api/v4/projects", params={"per_page": "2"}, headers=headers
    )
    tripwire.http.assert_request("GET", f"{api.url}/api/v4/projects?page=2&per_page=2", headers=headers)


def test_what_fails_for_a_moment_is_tried_again(api: Api) -> None:
    api.answer("POST", "/api/v4/projects", status=502, headers=[("Retry-After", "0")], body=b"bad gateway")
    api.answer("POST", "/api/v4/projects", status=429, headers=[("Retry-After", "0")], body=b"later")
    api.answer("POST", "/api/v4/projects", status=201, json=PROJECTS[1])
    program = with_client(api, lambda gl: gl.projects.create({"name": "p1", "description": "grün"}).id)
    assert api.use(program) == 1
    for status in (502, 429, 201):
        tripwire.http.assert_request(
            "POST", f"{api.url}/api/v4/projects", json={"name": "p1", "description": "grün"}, status=status
        )


def test_a_broken_connection_is_opened_again(api: Api) -> None:
    api.fail("GET", "/api/v4/projects/1", "read")
    api.answer("GET", "/api/v4/projects/1", json=PROJECTS[1])
    with mock.patch("time.sleep"):
        assert api.use(with_client(api, lambda gl: gl.projects.get(1).name)) == "p1"
    tripwire.http.assert_request("GET", f"{api.url}/api/v4/projects/1", raised="read")
    tripwire.http.assert_request("GET", f"{api.url}/api/v4/projects/1", status=200)


def test_an_artifact_is_streamed(api: Api) -> None:
    path = "/api/v4/projects/1/jobs/2/artifacts"
    api.answer("GET", path, stream=[b"PK\3", b"\4" * 70_000, b"end"])

    def download(gl: Any) -> Any:
        parts: list[bytes] = []
        job = gl.projects.get(1, lazy=True).jobs.get(2, lazy=True)
        job.artifacts(streamed=True, action=parts.append, chunk_size=1024)
        return b"".join(parts)

    content = b"PK\3" + b"\4" * 70_000 + b"end"
    assert api.use(with_client(api, download)) == content
    tripwire.http.assert_request("GET", api.url + path, response_body=content)


def test_a_file_is_uploaded(api: Api) -> None:
    api.answer(
        "POST",
        "/api/v4/projects/1/uploads",
        status=201,
        json={"url": "/uploads/a.txt", "alt": "a", "markdown": "m"},
    )

    program = with_client(api, lambda gl: gl.projects.get(1, lazy=True).upload("a.txt", filedata=b"hello"))
    assert api.use(program) == {"url": "/uploads/a.txt", "alt": "a", "markdown": "m"}
    tripwire.http.assert_request(
        "POST",
        f"{api.url}/api/v4/projects/1/uploads",
        form={"avatar": ""},
        files={"file": ("a.txt", b"hello")},
    )


def test_errors_are_translated(api: Api) -> None:
    api.answer("POST", "/api/v4/projects", status=400, json={"message": {"name": ["is taken"]}})
    error = api.error(GitlabCreateError, with_client(api, lambda gl: gl.projects.create({"name": "p1"})))
    assert (error.response_code, error.error_message) == (400, {"name": ["is taken"]})
    tripwire.http.assert_request("POST", f"{api.url}/api/v4/projects", json={"name": "p1"}, status=400)

    api.answer("GET", "/api/v4/user", status=401, json={"message": "401 Unauthorized"})
    api.error(GitlabAuthenticationError, with_client(api, lambda gl: gl.auth()))
    tripwire.http.assert_request("GET", f"{api.url}/api/v4/user", status=401)


def test_a_trip_is_not_tried_again(api: Api) -> None:
    assert hidden_trips(with_client(api, lambda gl: gl.projects.get(1))) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {api.url}/api/v4/projects/1",
    ]

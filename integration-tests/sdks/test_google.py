"""google-api-python-client, on httplib2."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import httplib2
import pytest

import tripwire

from .api import Api, hidden_trips
from .drive import HttpError, MediaIoBaseDownload, MediaIoBaseUpload, build

FILES = [{"id": f"f{number}", "name": f"{number}.txt"} for number in range(3)]


def at_once(request: Any) -> Any:
    """A request that does not pause between its tries."""
    request._sleep = request._rand = lambda *_: 0
    return request


Use = Callable[[Any], Any]


@pytest.fixture
def api(api: Api) -> Api:
    """The SDK uploads by TLS alone."""
    api.server = "https"
    return api


@pytest.fixture
def program(api: Api) -> Callable[[Use], Any]:
    """Makes a program that uses Drive."""

    def make(use: Use) -> Any:
        def program() -> Any:
            http = httplib2.Http(timeout=5, ca_certs=api.trust.file)
            http.redirect_codes -= {308}  # as the SDK's own `build_http` does: its uploads go on with it
            options = {"api_endpoint": f"{api.url}/drive/v3/"}
            with build("drive", "v3", developerKey="secret", http=http, client_options=options) as drive:
                return use(drive)

        return program

    return make


def test_files_page_by_page(api: Api, program: Any) -> None:
    api.answer("GET", "/drive/v3/files", json={"files": FILES[:2], "nextPageToken": "t1"})
    api.answer("GET", "/drive/v3/files", json={"files": FILES[2:]})

    def names(drive: Any) -> Any:
        found = []
        request = drive.files().list(q="name contains 'ü'", pageSize=2)
        while request is not None:
            page = request.execute()
            found += [file["name"] for file in page["files"]]
            request = drive.files().list_next(request, page)
        return found

    assert api.use(program(names)) == ["0.txt", "1.txt", "2.txt"]
    params = {"q": "name contains 'ü'", "pageSize": "2", "key": "secret", "alt": "json"}
    tripwire.http.assert_request("GET", f"{api.url}/drive/v3/files", params=params)
    tripwire.http.assert_request("GET", f"{api.url}/drive/v3/files", params=params | {"pageToken": "t1"})


def test_a_folder_is_made_at_the_third_try(api: Api, program: Any) -> None:
    api.answer("POST", "/drive/v3/files", status=503, json={})
    api.answer("POST", "/drive/v3/files", status=429, json={})
    api.answer("POST", "/drive/v3/files", json=FILES[0])
    body = {"name": "grün", "mimeType": "application/vnd.google-apps.folder"}
    made = program(lambda drive: at_once(drive.files().create(body=body)).execute(num_retries=2)["id"])
    assert api.use(made) == "f0"
    for status in (503, 429, 200):
        tripwire.http.assert_request("POST", f"{api.url}/drive/v3/files", json=body, status=status)


def test_a_file_is_uploaded_in_parts(api: Api, program: Any) -> None:
    content = b"x" * 300_000
    api.answer("POST", "/upload/drive/v3/files", headers=[("Location", f"{api.url}/session/1")])
    api.answer("PUT", "/session/1", status=308, headers=[("Range", "bytes=0-262143")])
    api.answer("PUT", "/session/1", json=FILES[0])

    def upload(drive: Any) -> Any:
        media = MediaIoBaseUpload(io.BytesIO(content), "text/plain", chunksize=262_144, resumable=True)
        return drive.files().create(body={"name": "0.txt"}, media_body=media).execute()["id"]

    assert api.use(program(upload)) == "f0"
    tripwire.http.assert_request(
        "POST",
        f"{api.url}/upload/drive/v3/files",
        params={"uploadType": "resumable"},
        headers={"X-Upload-Content-Length": "300000"},
        json={"name": "0.txt"},
    )
    for first, last in ((0, 262_143), (262_144, 299_999)):
        tripwire.http.assert_request(
            "PUT",
            f"{api.url}/session/1",
            headers={"Content-Range": f"bytes {first}-{last}/300000"},
            body=content[first : last + 1],
        )


def test_a_file_is_downloaded_in_parts(api: Api, program: Any) -> None:
    content = bytes(range(256)) * 4
    for first, last in ((0, 599), (600, 1023)):
        api.answer(
            "GET",
            "/drive/v3/files/f0",
            status=206,
            headers=[("Content-Range", f"bytes {first}-{last}/1024")],
            stream=[content[first : first + 300], content[first + 300 : last + 1]],
        )

    def download(drive: Any) -> Any:
        into = io.BytesIO()
        downloading = MediaIoBaseDownload(into, drive.files().get_media(fileId="f0"), chunksize=600)
        is_done = False
        while not is_done:
            _, is_done = downloading.next_chunk()
        return into.getvalue()

    assert api.use(program(download)) == content
    for wanted in ("bytes=0-599", "bytes=600-1199"):
        tripwire.http.assert_request(
            "GET", f"{api.url}/drive/v3/files/f0", params={"alt": "media"}, headers={"Range": wanted}
        )


def test_errors_are_translated(api: Api, program: Any) -> None:
    get = program(lambda drive: at_once(drive.files().get(fileId="f9")).execute(num_retries=1))
    api.answer(
        "GET",
        "/drive/v3/files/f9",
        status=404,
        json={"error": {"code": 404, "message": "File not found: f9."}},
    )
    error = api.error(HttpError, get)
    assert (error.status_code, error.reason) == (404, "File not found: f9.")
    tripwire.http.assert_request("GET", f"{api.url}/drive/v3/files/f9", status=404)

    api.server = "http"
    for _ in range(2):
        api.fail("GET", "/drive/v3/files/f9", "read")
    api.error(ConnectionResetError, get)
    for _ in range(2):
        tripwire.http.assert_request("GET", f"{api.url}/drive/v3/files/f9", raised="read")


def test_a_trip_is_not_tried_again(program: Any, api: Api) -> None:
    get = program(lambda drive: at_once(drive.files().get(fileId="f9")).execute(num_retries=2))
    assert hidden_trips(get) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: GET {api.url}/drive/v3/files/f9?key=***&alt=json",
    ]

"""Calls of a mock and a spy that are not asserted. One comes from a fixture, the other has no name."""

import json
from types import SimpleNamespace

import pytest

import tripwire


@pytest.fixture
def mailer():
    double = tripwire.mock("mail")
    double.send.returns("sent")
    return double


def test_dispatch(mailer):
    tripwire.spy("json:dumps")

    with tripwire:
        mailer.send(SimpleNamespace(to="ada@example.com"))
        json.dumps({"tea": 300})
        json.dumps([])

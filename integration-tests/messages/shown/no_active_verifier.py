"""A fixture that is wider than a test."""

import pytest

import tripwire


@pytest.fixture(scope="module")
def mailer():
    return tripwire.mock("Mailer")


def test_dispatch(mailer):
    mailer.send("ada@example.com")

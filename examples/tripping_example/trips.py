"""Tests that trip on purpose: a usual mock would let every one of them pass. `hatch run demo` shows them."""

import tripwire

from .app import PAYMENTS, charge


def test_a_call_nobody_mocked():
    """The program calls /receipts too, and swallows the error of the call that is not mocked."""
    tripwire.http.mock_response("POST", f"{PAYMENTS}/charges", status=201)

    with tripwire:
        charge("ada", 500)

    tripwire.assert_interaction(tripwire.http.request, method="POST", url=f"{PAYMENTS}/charges")


def test_a_call_nobody_asserted():
    """The test never says what was charged."""
    tripwire.http.mock_response("POST", f"{PAYMENTS}/charges", status=201)
    tripwire.http.mock_response("POST", f"{PAYMENTS}/receipts", status=201)

    with tripwire:
        assert charge("ada", 500)

    tripwire.assert_interaction(tripwire.http.request, method="POST", url=f"{PAYMENTS}/charges")


def test_a_mock_nobody_used():
    """The charge is refused, so no receipt is sent: the second mock describes a call that does not exist."""
    tripwire.http.mock_response("POST", f"{PAYMENTS}/charges", status=402)
    tripwire.http.mock_response("POST", f"{PAYMENTS}/receipts", status=201)

    with tripwire:
        assert not charge("ada", 500)

    tripwire.assert_interaction(tripwire.http.request, method="POST", url=f"{PAYMENTS}/charges")

from __future__ import annotations

import pytest

import tripwire

ERRORS = [
    "UnmockedInteractionError",
    "UnassertedInteractionsError",
    "UnusedMocksError",
    "VerificationError",
    "InteractionMismatchError",
    "MissingAssertionFieldsError",
    "ConflictError",
    "InvalidStateError",
    "SandboxNotActiveError",
    "AssertionInsideSandboxError",
    "PostSandboxInteractionError",
    "TripwireConfigError",
]


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_importable_and_share_a_base(name: str) -> None:
    assert issubclass(getattr(tripwire, name), tripwire.TripwireError)


def test_dir_lists_the_public_names_and_the_plugins_and_nothing_else() -> None:
    names = [name for name in dir(tripwire) if not name.startswith("__")]
    installed = {"http", "subprocess", "popen", "async_subprocess", "asyncpg"}
    assert set(names) == {*tripwire.__all__, *installed}


def test_all_is_the_truth() -> None:
    assert sorted(tripwire.__all__) == tripwire.__all__
    for name in tripwire.__all__:
        assert getattr(tripwire, name) is not None


def test_an_unknown_attribute_names_the_nearest() -> None:
    with pytest.raises(AttributeError) as caught:
        tripwire.sandbx  # type: ignore[attr-defined]  # noqa: B018
    assert str(caught.value) == "module 'tripwire' has no attribute 'sandbx'; did you mean 'sandbox'?"


def test_a_private_attribute_is_looked_up_nowhere() -> None:
    with pytest.raises(AttributeError, match=r"^module 'tripwire' has no attribute '_nothing'$"):
        tripwire._nothing  # type: ignore[attr-defined]  # noqa: B018


def test_with_tripwire_gives_the_verifier() -> None:
    with tripwire as verifier:  # type: ignore[attr-defined]
        assert verifier is tripwire.current_verifier()
    with tripwire.sandbox() as again:
        assert again is verifier


async def test_async_with_tripwire_gives_the_verifier() -> None:
    async with tripwire as verifier:  # type: ignore[attr-defined]
        assert verifier is tripwire.current_verifier()
    async with tripwire.sandbox() as again:
        assert again is verifier


def test_sandboxes_nest() -> None:
    mock = tripwire.mock("m").returns(1).returns(2)
    with tripwire.sandbox():
        with tripwire.sandbox():
            assert mock() == 1
        assert mock() == 2
    mock.assert_call()
    mock.assert_call()


def test_a_plugin_is_reached_through_its_proxy() -> None:
    proxy = tripwire.popen
    assert repr(proxy) == "<tripwire.popen>"
    assert "new_session" in dir(proxy)
    assert not [name for name in dir(proxy) if name.startswith("_")]


def test_the_verifier_fixture_is_the_current_verifier(
    tripwire_verifier: tripwire.StrictVerifier,
) -> None:
    assert tripwire_verifier is tripwire.current_verifier()

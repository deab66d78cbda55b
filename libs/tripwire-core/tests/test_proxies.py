"""What `tripwire.<plugin>` gives where no test is running."""

from __future__ import annotations

import pytest

PLUGIN = """
from tripwire import Plugin, Source

class Pets(Plugin):
    name = "pets"
    fed = Source("pets.fed")

    @staticmethod
    def make(name):
        return {"name": name}

    def mock_feed(self):
        pass

    _inner = ("serve",)

    def serve(self):
        pass
"""


def test_what_needs_no_test_is_there_without_one(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        pets=PLUGIN,
        test_it="""
        import pytest
        import tripwire
        from tripwire._proxies import PluginProxy
        from pets import Pets

        proxy = PluginProxy(Pets)
        REX = proxy.make("Rex")
        FED = proxy.fed
        with pytest.raises(tripwire.NoActiveVerifierError):
            proxy.mock_feed()

        def test_it():
            assert REX == proxy.make("Rex") == {"name": "Rex"}
            assert FED is proxy.fed
            assert dir(proxy) == ["fed", "make", "mock_feed"]
        """,
    )
    pytester.runpytest_subprocess("-p", "no:asyncio").assert_outcomes(passed=1)

"""Three plugins in one sandbox, and one timeline for all of them."""

import json

import pytest

import tripwire

from .app import HOOK, DeployError, deploy

SELECT = "SELECT version FROM releases WHERE NOT live LIMIT 1"
UPDATE = "UPDATE releases SET live = true WHERE version = $1"


async def test_deploy():
    (
        tripwire.asyncpg.new_session()
        .expect("connect", returns=None)
        .expect("fetchval", returns="2.1.0")
        .expect("execute", returns="UPDATE 1")
        .expect("close", returns=None)
    )
    (
        tripwire.async_subprocess.new_session()
        .expect("spawn", returns=None)
        .expect("communicate", returns=(b"installed\n", b"", 0))
    )
    tripwire.http.mock_response("POST", HOOK, status=204)

    async with tripwire:
        assert await deploy() == "2.1.0"

    tripwire.asyncpg.assert_connect(host="db.internal", database="releases", user="deployer")
    tripwire.asyncpg.assert_fetchval(query=SELECT, args=[])
    tripwire.async_subprocess.assert_spawn(command=["installer", "2.1.0"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
    tripwire.asyncpg.assert_execute(query=UPDATE, args=["2.1.0"])
    tripwire.asyncpg.assert_close()
    tripwire.assert_interaction(
        tripwire.http.request,
        method="POST",
        url=HOOK,
        request_body=json.dumps({"text": "2.1.0 is live"}, separators=(",", ":")).encode(),
    )


async def test_a_failing_installer_leaves_the_release_alone():
    (
        tripwire.asyncpg.new_session()
        .expect("connect", returns=None)
        .expect("fetchval", returns="2.1.0")
        .expect("close", returns=None)
    )
    (
        tripwire.async_subprocess.new_session()
        .expect("spawn", returns=None)
        .expect("communicate", returns=(b"", b"disk full\n", 1))
    )

    async with tripwire:
        with pytest.raises(DeployError, match="disk full"):
            await deploy()

    tripwire.asyncpg.assert_connect(host="db.internal")
    tripwire.asyncpg.assert_fetchval(query=SELECT, args=[])
    tripwire.async_subprocess.assert_spawn(command=["installer", "2.1.0"], stdin=None)
    tripwire.async_subprocess.assert_communicate(input=None)
    tripwire.asyncpg.assert_close()

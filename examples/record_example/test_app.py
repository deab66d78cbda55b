"""Only the sandbox and what is in it was typed; `pytest --tripwire-record` wrote the rest."""

import tripwire

from .app import restock


async def test_restock():
    (
        tripwire.asyncpg.new_session()
        .expect("connect", returns=None)
        .expect("fetch", returns=[{"name": "green", "stock": 2}, {"name": "white", "stock": 0}])
        .expect("execute", returns="INSERT 0 1", times=2)
        .expect("close", returns=None)
    )
    tripwire.http.mock_response(
        "POST", "http://localhost:8080/orders", json={"number": "green-8"}, status=201
    )
    tripwire.http.mock_response(
        "POST", "http://localhost:8080/orders", json={"number": "white-10"}, status=201
    )

    with tripwire:
        assert await restock(10) == {"green": "green-8", "white": "white-10"}

    tripwire.asyncpg.assert_connect(dsn="postgresql://postgres@localhost/postgres")
    tripwire.asyncpg.assert_fetch(
        query="SELECT name, stock FROM teas WHERE stock < $1 ORDER BY name", args=[10]
    )
    tripwire.http.assert_request(
        "POST", "http://localhost:8080/orders", json={"tea": "green", "count": 8}, status=201
    )
    tripwire.asyncpg.assert_execute(
        query="INSERT INTO orders (number, tea) VALUES ($1, $2)", args=["green-8", "green"]
    )
    tripwire.http.assert_request(
        "POST", "http://localhost:8080/orders", json={"tea": "white", "count": 10}, status=201
    )
    tripwire.asyncpg.assert_execute(
        query="INSERT INTO orders (number, tea) VALUES ($1, $2)", args=["white-10", "white"]
    )
    tripwire.asyncpg.assert_close()

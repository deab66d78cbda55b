"""A step that is misspelt."""

import tripwire


def test_customer():
    tripwire.asyncpg.new_session().expect("connect", returns=None).expect("fetchraw", returns={"name": "Ada"})

"""A mock that was meant to replace something."""

import json

import tripwire


def test_dump():
    tripwire.mock("json.dumps").returns("{}")

    with tripwire:
        json.dumps({"tea": 300})

"""Mocks and assertions that go: whole statements."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing import _changes
from tripwire._writing._edits import Unwritable
from tripwire._writing._statement import Code

REMOVED = {
    "a statement": (
        """import tripwire
def test():
    a()
    ⟦tripwire.toy.mock(1)⟧  # c
    b()
""",
        """import tripwire
def test():
    a()
    b()
""",
    ),
    "the first, above an empty line": (
        """import tripwire
def test():
    ⟦tripwire.toy.mock(1)⟧

    with tripwire: b()
""",
        """import tripwire
def test():
    with tripwire: b()
""",
    ),
    "below a docstring": (
        "import tripwire\ndef test():\n    '''Doc.'''\n    ⟦tripwire.toy.mock(1)⟧\n\n    with tripwire: b()\n",
        "import tripwire\ndef test():\n    '''Doc.'''\n    with tripwire: b()\n",
    ),
    "between empty lines": (
        """import tripwire
def test():
    a()

    ⟦tripwire.toy.mock(1)⟧

    with tripwire: b()
""",
        """import tripwire
def test():
    a()

    with tripwire: b()
""",
    ),
    "the last": (
        """import tripwire
def test():
    with tripwire: b()

    ⟦tripwire.toy.assert_it(1)⟧


def test_other():
    pass
""",
        """import tripwire
def test():
    with tripwire: b()


def test_other():
    pass
""",
    ),
    "the last of the file": (
        """import tripwire
def test():
    with tripwire: b()

    ⟦tripwire.toy.assert_it(1)⟧""",
        """import tripwire
def test():
    with tripwire: b()""",
    ),
    "comments stay": (
        """import tripwire
def test():
    # above
    ⟦tripwire.toy.assert_it(1,
       2)⟧  # goes
    # below
    b()
""",
        """import tripwire
def test():
    # above
    # below
    b()
""",
    ),
    "several together": (
        """import tripwire
def test():
    a()

    ⟦tripwire.toy.mock(1)⟧
    ⟦tripwire.toy.mock(2)⟧

    ⟦tripwire.toy.mock(3)⟧

    b()
""",
        """import tripwire
def test():
    a()

    b()
""",
    ),
    "a block's all": (
        """import tripwire
def test():
    if a:
        ⟦tripwire.toy.mock(1)⟧  # c
        ⟦tripwire.toy.mock(2)⟧
    else:
        ⟦tripwire.toy.mock(3)⟧
    b()
""",
        """import tripwire
def test():
    if a:
        pass  # c
    else:
        pass
    b()
""",
    ),
    "a function's all": (
        """import tripwire
def test(): ⟦tripwire.toy.mock(1)⟧
""",
        """import tripwire
def test(): pass
""",
    ),
    "in any order": (
        """import tripwire
def test():
    with tripwire: a()

    with tripwire.in_any_order():
        # c
        ⟦tripwire.toy.assert_it(1)⟧
        ⟦tripwire.toy.assert_it(2)⟧


def test_other(): pass
""",
        """import tripwire
def test():
    with tripwire: a()


def test_other(): pass
""",
    ),
    "in any order, in one line, alone": (
        """import tripwire
def test():
    if a:
        with tripwire.in_any_order(): ⟦tripwire.toy.assert_it(1)⟧
    b()
""",
        """import tripwire
def test():
    if a:
        pass
    b()
""",
    ),
    "in any order, one of two": (
        """import tripwire
def test():
    with tripwire.in_any_order():
        ⟦tripwire.toy.assert_it(1)⟧
        tripwire.toy.assert_it(2)
""",
        """import tripwire
def test():
    with tripwire.in_any_order():
        tripwire.toy.assert_it(2)
""",
    ),
    "awaited": (
        """import tripwire
async def test():
    a()
    await ⟦tripwire.toy.mock(1)⟧
""",
        """import tripwire
async def test():
    a()
""",
    ),
    "in parentheses": (
        """import tripwire
def test():
    a()
    (⟦tripwire.toy.mock(1)⟧
    )  # c
    b()
""",
        """import tripwire
def test():
    a()
    b()
""",
    ),
    "tabs": (
        "import tripwire\ndef test():\n\ta()\n\tif b:\n\t\t⟦tripwire.toy.mock(1)⟧\n",
        "import tripwire\ndef test():\n\ta()\n\tif b:\n\t\tpass\n",
    ),
}


@pytest.mark.parametrize("name", REMOVED)
def test_removed(name: str, writer: Any) -> None:
    before, after = REMOVED[name]
    assert writer.without(before) == after


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = ⟦repo.find.returns(1)⟧\n", "what is to be removed is part of a larger statement"),
        ("⟦tripwire.toy.mock(1)⟧.name\n", "what is to be removed is part of a larger statement"),
        ("a(⟦tripwire.toy.mock(1)⟧)\n", "what is to be removed is part of a larger statement"),
        ("⟦tripwire.toy.mock(1)⟧.then(2)\n", "what is to be removed has more to it that is used"),
        (
            "a(⟦tripwire.toy.mock(1)⟧, ⟦tripwire.toy.other(1)⟧)\n",
            "what is to be removed is in several places of one statement",
        ),
    ],
)
def test_refused(text: str, why: str, writer: Any) -> None:
    with pytest.raises(Unwritable) as caught:
        writer.without(text)
    assert str(caught.value) == why


def test_beside_what_is_written(writer: Any) -> None:
    def written(spot: Any, text: str) -> Any:
        return _changes.insertion(source, spot, [Code(text)], any_order=False)

    source, (mock, sandbox, gone, kept) = writer.read(
        "import tripwire\ndef test():\n    ⟦tripwire.toy.mock(1)⟧\n\n    with ⟦tripwire⟧:\n        f()\n\n"
        "    ⟦tripwire.toy.assert_it(1)⟧\n    ⟦tripwire.toy.assert_it(3)⟧\n"
    )
    changes = [
        _changes.removal(source, [source.call(mock)]),
        written(source.sandbox(sandbox).before, "tripwire.toy.mock(2)"),
        _changes.removal(source, [source.call(gone)]),
        written(source.before(kept), "tripwire.toy.assert_it(2)"),
        written(source.after(kept), "tripwire.toy.assert_it(4)"),
    ]
    assert _changes.combined(source, changes) == (
        "import tripwire\ndef test():\n    tripwire.toy.mock(2)\n\n    with tripwire:\n        f()\n\n"
        "    tripwire.toy.assert_it(2)\n    tripwire.toy.assert_it(3)\n    tripwire.toy.assert_it(4)\n"
    )

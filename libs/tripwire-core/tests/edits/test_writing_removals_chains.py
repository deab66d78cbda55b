"""Links of chains that go."""

from __future__ import annotations

from typing import Any

import pytest

from tripwire._writing._edits import Unwritable

AMBIGUOUS = {  # without spans
    "chain, one-line first",
    "chain, one-line middle",
    "chain, one-line last",
    "chain, double",
}

REMOVED = {
    "chain, first": (
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .⟦expect("dial", returns=None)⟧  # one
        .expect("say", returns=2)  # two
        .expect("hang_up",
            returns=None)  # three
    )
    a()
""",
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .expect("say", returns=2)  # two
        .expect("hang_up",
            returns=None)  # three
    )
    a()
""",
    ),
    "chain, middle": (
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .expect("dial", returns=None)  # one
        .⟦expect("say", returns=2)⟧  # two
        .expect("hang_up",
            returns=None)  # three
    )
    a()
""",
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .expect("dial", returns=None)  # one
        .expect("hang_up",
            returns=None)  # three
    )
    a()
""",
    ),
    "chain, last": (
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .expect("dial", returns=None)  # one
        .expect("say", returns=2)  # two
        .⟦expect("hang_up",
            returns=None)⟧  # three
    )
    a()
""",
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .expect("dial", returns=None)  # one
        .expect("say", returns=2)  # two
    )
    a()
""",
    ),
    "chain, first and last": (
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .⟦expect("dial", returns=None)⟧  # one
        .expect("say", returns=2)  # two
        .⟦expect("hang_up",
            returns=None)⟧  # three
    )
    a()
""",
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .expect("say", returns=2)  # two
    )
    a()
""",
    ),
    "chain, all": (
        """import tripwire

def test():
    (
        tripwire.toy
        .new_session()
        # first
        .⟦expect("dial", returns=None)⟧  # one
        .⟦expect("say", returns=2)⟧  # two
        .⟦expect("hang_up",
            returns=None)⟧  # three
    )
    a()
""",
        """import tripwire

def test():
    a()
""",
    ),
    "chain, closing": (
        """import tripwire
def test():
    session = (tripwire.toy.new_session().expect("a").expect("b")
        .⟦expect("c")⟧)
    a()
""",
        """import tripwire
def test():
    session = (tripwire.toy.new_session().expect("a").expect("b"))
    a()
""",
    ),
    "chain, one-line first": (
        """import tripwire
⟦tripwire.toy.new_session().expect("a")⟧.expect("b").expect("c")
""",
        """import tripwire
tripwire.toy.new_session().expect("b").expect("c")
""",
    ),
    "chain, one-line middle": (
        """import tripwire
⟦tripwire.toy.new_session().expect("a").expect("b")⟧.expect("c")
""",
        """import tripwire
tripwire.toy.new_session().expect("a").expect("c")
""",
    ),
    "chain, one-line last": (
        """import tripwire
⟦tripwire.toy.new_session().expect("a").expect("b").expect("c")⟧
""",
        """import tripwire
tripwire.toy.new_session().expect("a").expect("b")
""",
    ),
    "chain, double": (
        """import tripwire
⟦repo.find.returns(1)⟧.returns(2)
""",
        """import tripwire
repo.find.returns(2)
""",
    ),
    "chain, backslashes": (
        'import tripwire\nx = tripwire.new_session() \\\n    .⟦expect("a")⟧ \\\n    .expect("b")\n',
        'import tripwire\nx = tripwire.new_session() \\\n    .expect("b")\n',
    ),
    "chain, comment before the closing link": (
        """import tripwire
x = (tripwire.new_session()
    .expect("a")  # one . two
    .⟦expect("b")⟧)
""",
        """import tripwire
x = (tripwire.new_session()
    .expect("a")  # one . two
    )
""",
    ),
}


@pytest.mark.parametrize("name", REMOVED)
def test_removed(name: str, writer: Any) -> None:
    before, after = REMOVED[name]
    if name in AMBIGUOUS and not writer.spans:
        with pytest.raises(Unwritable, match=r"line \d has \d calls of "):
            writer.without(before)
    else:
        assert writer.without(before) == after


def test_all_outcomes_of_a_double(exact_writer: Any) -> None:
    source, sites = exact_writer.read("a()\nrepo.find.returns(1).raises(X)\n")
    assert sites == []
    taken: list[int] = []
    for label in ("app:repo.find.raises(X)", "app:repo.find.returns(1)"):
        taken.append(source.registration(2, label, taken).end)
    assert [source.text[:end].rpartition(".")[2] for end in taken] == ["raises(X)", "returns(1)"]

"""The catalogue: each lie passes unseen without `--tripwire-verify` and is told with it; no truth is called a lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from verify.asyncpg.cases import Case
from verify.asyncpg.inner import CASES

from .conftest import HERE, Run

INNER = (HERE / "inner.py").read_text()
LINE = next(n for n, line in enumerate(INNER.splitlines(), 1) if "session.expect(case.step" in line)


@pytest.fixture(scope="module")
def runs(run_inner: Callable[..., Run], shop: str) -> tuple[Run, Run]:
    """The catalogue without the option, and with it."""
    files = {"test_inner.py": INNER}
    return run_inner(files), run_inner(files, f'asyncpg = "{shop}"', "--tripwire-verify")


def told(case: Case) -> list[str]:
    """All that is said of a case that lies."""
    if not case.lies:
        return []
    lines = ["1 mock says what is not true:"]
    lines.append(f"  - expect({case.step!r}) for {case.query!r}  (test_inner.py:{LINE})")
    for said, true, *remedy in case.lies:
        lines += [f"    it says: {said}", f"    true is: {true}", *(f"    {one}" for one in remedy)]
    return ["\n".join(lines)]


@pytest.mark.parametrize(("name", "case"), CASES.items(), ids=CASES)
def test_it_is_told_what_is_true(runs: tuple[Run, Run], name: str, case: Case) -> None:
    without, verifying = runs
    test = f"test_case[{name}]"
    assert [outcome for _, outcome, _ in without.outcomes[test]] == ["passed"] * 3, without.outcomes[test]
    found: dict[str, Any] = verifying.verified[test]
    if not case.step.startswith("copy"):  # there asyncpg has made a command of it
        assert found["lies"] == told(case)
    else:
        assert [line for lie in found["lies"] for line in lie.splitlines()[2:]] == [
            line for lie in told(case) for line in lie.splitlines()[2:]
        ]
    assert found["unchecked"] == dict.fromkeys(case.unchecked, 1)
    outcomes = [outcome for _, outcome, _ in verifying.outcomes[test]]
    assert outcomes == ["passed", "passed", "failed" if case.lies else "passed"]


def test_the_run_is_summed_up(runs: tuple[Run, Run]) -> None:
    without, verifying = runs
    assert (without.status, verifying.status) == (0, 1)
    assert "tripwire verify" not in without.output
    lying = sum(bool(case.lies) for case in CASES.values())
    true = len(CASES) - lying
    assert lying >= 60 <= true
    claims = len(CASES) + sum(len(case.before) for case in CASES.values())
    reasons = Counter(reason for case in CASES.values() for reason in case.unchecked)
    summary = [line for line in verifying.output.splitlines() if line.startswith("tripwire verify: ")]
    assert summary[0] == (
        f"tripwire verify: {claims} claims, lies in {lying} tests, {sum(reasons.values())} unchecked"
    )
    assert sorted(summary[1:]) == sorted(
        f"tripwire verify: {n} unchecked: {why}" for why, n in reasons.items()
    )

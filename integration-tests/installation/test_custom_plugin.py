"""The worked example of the guide: a distribution of its own, found by its entry point."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from environments import Environment

PROJECT = Path(__file__).parents[2] / "examples" / "custom_plugin"
SOURCE = PROJECT / "src" / "smtp_for_tripwire" / "__init__.py"


@pytest.fixture(scope="module")
def environment(make_environment: Callable[..., Environment]) -> Environment:
    return make_environment("tripwire-core", str(PROJECT))


def test_it_keeps_the_contract_and_answers_mails(environment: Environment) -> None:
    result = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", folder=PROJECT)
    assert result.returncode == 0, result.stdout
    assert re.search(r"^2\d passed in", result.stdout, re.MULTILINE), result.stdout


def test_its_readme_runs(environment: Environment, tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", (PROJECT / "README.md").read_text(), re.DOTALL)
    assert code is not None
    result = environment.pytest(tmp_path, "-q", test_readme=code[1])
    assert "1 passed" in result.stdout, result.stdout


def test_without_a_mock_the_program_s_mail_trips(environment: Environment, tmp_path: Path) -> None:
    code = """
import smtplib
import tripwire

def test_it():
    with tripwire, smtplib.SMTP("mail.example.com") as server:
        server.sendmail("shop@example.com", ["ada@example.com"], "Subject: Welcome\\r\\n\\r\\nHello")
"""
    result = environment.pytest(tmp_path, "-q", test_it=code)
    for line in (
        "E       tripwire.UnmockedInteractionError: nothing answers this call: mail to ada@example.com: Welcome",
        "E         called at test_it.py:7",
        "E         to mock it, put this before the sandbox:",
        "E             tripwire.smtp.mock_mail('ada@example.com')",
    ):
        assert any(shown.split() == line.split() for shown in result.stdout.splitlines()), result.stdout


def test_it_is_as_short_as_the_guide_says() -> None:
    assert len(SOURCE.read_text().splitlines()) <= 120

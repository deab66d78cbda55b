"""The contract of plugins finds what is wrong with one: a plugin for a toy library, whole and broken in many ways."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

LIBRARY = """
def send(text):
    return f"really sent {text}"
"""

PLUGIN = """
import tripwire
from tripwire import Answer, Call, Plugin, Source, Target, Unmatched, UnusedMock, user_place
from tripwire._writing._statement import Statement

REAL = object()

class ToyPlugin(Plugin):
    name = "NAME"
    public_names = ("lib_NAME:send",)
    sent = Source("NAME.sent")

    def __init__(self, verifier):
        super().__init__(verifier)
        self.replies = []

    @classmethod
    def targets(cls):
        return [Target("lib_NAME:", "send", _send), Target("a_library_not_installed:", "send", _send)]

    def reply(self, text):
        self.replies.append((text, user_place()))

    def assert_sent(self, *, text):
        self.verifier.take(self.sent, {"text": text})

    def decide(self, call):
        for reply in self.replies:
            if reply[0] == call.fields["text"]:
                self.replies.remove(reply)
                return Answer("reply to " + reply[0])
        raise Unmatched(paste=f"tripwire.NAME.reply({call.fields['text']!r})")

    def unused(self):
        return [UnusedMock(f"tripwire.NAME.reply({text!r})", place) for text, place in self.replies]

    def assertion_for(self, interaction):
        return f"tripwire.NAME.assert_sent(text={interaction.fields['text']!r})"

    def let_through(self, call):
        return Answer(REAL)

    def mocks(self, interactions):
        texts = [interaction.fields["text"] for interaction in interactions]
        return [Statement("tripwire.NAME.reply", (text,)) for text in texts]

def _send(genuine):
    def send(text):
        plugin = ToyPlugin.serving(ToyPlugin.sent, f"send({text!r})")
        if plugin is None:
            return genuine(text)
        answer = plugin.intercept(Call(ToyPlugin.sent, {"text": text}, f"send({text!r})"))
        return genuine(text) if answer.value is REAL else answer.value
    return send
"""

CONTRACT = """
import lib_NAME
import tripwire
from plugin_NAME import ToyPlugin
from tripwire.testing import RecordingContract

class TestToy(RecordingContract):
    plugin = ToyPlugin

    def mock(self, number):
        tripwire.NAME.reply(f"letter {number}")

    def call(self, number):
        return lib_NAME.send(f"letter {number}")

    def check(self, number):
        tripwire.NAME.assert_sent(text=f"letter {number}")
"""

TESTS = {
    "entry": "test_it_is_found_by_its_entry_point",
    "targets": "test_targets_are_patched_in_the_sandbox_and_pristine_after",
    "conflict": "test_somebody_elses_patch_is_a_conflict",
    "overlaid": "test_a_patch_laid_over_ours_is_a_conflict",
    "recorded": "test_mocked_calls_are_recorded_in_order",
    "claims": "test_its_mocks_can_be_held_against_a_truth",
    "order": "test_the_order_counts",
    "any order": "test_in_any_order",
    "trip": "test_an_unmocked_call_trips",
    "hidden": "test_an_unmocked_call_cannot_be_hidden",
    "unasserted": "test_an_unasserted_call_is_reported_with_code_to_paste",
    "paste": "test_the_pasted_code_asserts_the_call",
    "written": "test_the_written_code_asserts_the_call",
    "unused": "test_an_unused_mock_is_reported_with_its_place",
    "once": "test_a_mock_answers_once",
    "threads": "test_threads_of_the_sandbox",
    "tasks": "test_tasks_of_the_sandbox",
    "again": "test_what_is_recorded_answers_again",
    "after": "test_a_call_after_the_sandbox_trips",
}

# What is broken: the replacements, and the tests that must say so (others may, too).
BROKEN: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "unoffered": ([('name = "NAME"', 'name = "other"')], ["entry"]),
    "idle": (
        [("    return send\n", "    return genuine\n")],
        ["targets", "recorded", "trip", "threads", "after"],
    ),
    "misnamed": ([('"send", _send', '"post", _send')], ["targets", "overlaid", "recorded"]),
    "open": ([('("lib_NAME:send",)', "()")], ["conflict"]),
    "unwatched": ([('("lib_NAME:send",)', '("lib_NAME:other",)')], ["conflict"]),
    "silent": (
        [("plugin.intercept(", "plugin.decide(")],
        ["recorded", "order", "unasserted", "threads", "tasks"],
    ),
    "alien": (
        [('Source("NAME.sent")', 'type("S", (Source,), {"__repr__": lambda s: "sent"})("NAME")')],
        ["recorded"],
    ),
    "loose": ([('self.sent, {"text": text}', "self.sent, {}")], ["order"]),
    "secretive": ([("paste=", "explanation=")], ["trip"]),
    "garbled": ([('paste=f"tripwire.NAME.reply(', 'paste=f"tripwire.NAME.reply((')], ["trip"]),
    "hiding": (
        [
            ("        answer = plugin.intercept(", "        try: answer = plugin.intercept("),
            ('f"send({text!r})"))\n', 'f"send({text!r})"))\n        except Exception: return None\n'),
        ],
        ["trip", "hidden", "once"],
    ),
    "generous": ([("self.replies.remove(reply)", "pass")], ["once"]),
    "forgetful": ([("for text, place in self.replies", "for text, place in ()")], ["unused"]),
    "placeless": ([('{text!r})", place)', '{text!r})", None)')], ["unused"]),
    "mistaken": ([("assert_sent(text={inter", "assert_sent(word={inter")], ["paste", "written", "again"]),
    "boundless": (
        [
            (
                "    def let_through",
                "    def claims(self, served):\n        from tripwire.verifying import Claim\n"
                '        return [Claim("reply", one) for one in served]\n\n    def let_through',
            )
        ],
        ["claims"],
    ),
    "unrepeatable": ([("return [Statement(", "return [] and [Statement(")], ["again"]),
    "unreal": ([("return Answer(REAL)", "return None")], ["again"]),
    "shared": (
        [
            ("        self.replies = []\n", ""),
            ('    name = "NAME"\n', '    name = "NAME"\n    replies = []\n'),
        ],
        ["once"],
    ),
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By plugin, the tests of the contract that failed."""
    variants = {"whole": PLUGIN, **{name: _broken(name) for name in BROKEN}}
    misnamed = {"misnamed": variants.pop("misnamed")}  # it would break every sandbox of the others
    found: dict[str, set[str]] = {}
    for plugins in (variants, misnamed):
        found |= _run(tmp_path_factory.mktemp("contract"), plugins)
    return found


def _broken(name: str) -> str:
    code = PLUGIN
    for old, new in BROKEN[name][0]:
        assert old in code, name
        code = code.replace(old, new)
    return code


def _run(folder: Path, plugins: dict[str, str]) -> dict[str, set[str]]:
    info = folder / "toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    points = [f"{name} = plugin_{name}:ToyPlugin" for name in plugins]
    (info / "entry_points.txt").write_text("\n".join(["[tripwire.plugins]", *points]))
    (folder / "pyproject.toml").write_text(f"[tool.tripwire]\nenabled_plugins = {list(plugins)}\n")
    for name, code in plugins.items():
        (folder / f"lib_{name}.py").write_text(LIBRARY)
        (folder / f"plugin_{name}.py").write_text(code.replace("NAME", name))
        (folder / f"test_{name}.py").write_text(CONTRACT.replace("NAME", name))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=no",
        "-rfE",
        "-p",
        "no:asyncio",
        "-p",
        "no:cacheprovider",
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    failed = re.findall(r"^(?:FAILED|ERROR) test_(\w+)\.py::TestToy::(\w+)", result.stdout, re.MULTILINE)
    ran = sum(map(int, re.findall(r"(\d+) (?:passed|failed)", result.stdout)))
    assert ran == len(plugins) * len(TESTS), result.stdout
    return {name: {test for variant, test in failed if variant == name} for name in plugins}


def test_a_whole_plugin_keeps_it(failures: dict[str, set[str]]) -> None:
    assert failures["whole"] == set()


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_plugin_does_not(broken: str, failures: dict[str, set[str]]) -> None:
    assert {TESTS[key] for key in BROKEN[broken][1]} <= failures[broken]


def test_each_test_of_it_can_fail(failures: dict[str, set[str]]) -> None:
    assert set.union(*failures.values()) == set(TESTS.values())

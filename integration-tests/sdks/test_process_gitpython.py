"""GitPython, which asks git for everything, and keeps a `git cat-file` that it talks to."""

from __future__ import annotations

import io
import os
import signal
import subprocess
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import git
import pytest
from git.exc import GitCommandError, GitCommandNotFound

import tripwire

from .children import Children, python

PLAIN = {"LANGUAGE": "C", "LC_ALL": "C"}
"""What GitPython adds to the environment."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A real one, whose commit is the same on every machine."""
    monkeypatch.delenv("LANGUAGE", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")
        monkeypatch.setenv(f"GIT_{role}_DATE", "2026-01-02T03:04:05+0000")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    path = tmp_path / "repository"
    for command in (
        ["init", "-q", "-b", "main", str(path)],
        ["commit", "-q", "--allow-empty", "-m", "begin"],
    ):
        subprocess.run(["git", *command], cwd=path if path.exists() else tmp_path, check=True)
    return str(path)


def assert_git(*arguments: str, cwd: str, **outcome: Any) -> None:
    command = ["git", *arguments]
    tripwire.subprocess.assert_run(command, cwd=cwd, env=PLAIN, stdin=DEVNULL, shell=False, **outcome)


def real(repository: str, *arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=repository, text=True)


def test_what_git_says(children: Children, repository: str) -> None:
    head = real(repository, "rev-parse", "HEAD")
    tripwire.subprocess.mock_run(["git", "rev-parse", "HEAD"], stdout=head)
    tripwire.subprocess.mock_run(["git", "diff", "--abbrev=40", "--full-index", "--raw"])
    tripwire.subprocess.mock_run(["git", "status", "--porcelain", "--untracked-files"], stdout="?? new.txt\n")
    (Path(repository) / "new.txt").write_text("new")

    def program() -> Any:
        commands = git.Git(repository)
        return [
            commands.rev_parse("HEAD"),
            commands.diff(abbrev=40, full_index=True, raw=True),
            commands.status("--porcelain", "--untracked-files", with_extended_output=True),
        ]

    assert children.use(program) == [head.strip(), "", (0, "?? new.txt", "")]
    assert_git("rev-parse", "HEAD", cwd=repository, stdout=head)
    assert_git("diff", "--abbrev=40", "--full-index", "--raw", cwd=repository)
    assert_git("status", "--porcelain", "--untracked-files", cwd=repository, stdout="?? new.txt\n")


def test_commits_by_a_stream_and_a_talk(children: Children, repository: str) -> None:
    head = real(repository, "rev-parse", "HEAD").strip()
    body = real(repository, "cat-file", "commit", head)
    header = f"{head} commit {len(body)}\n"
    tripwire.subprocess.mock_run(["git", "rev-list", "--max-count=2", "HEAD", "--"], stdout=f"{head}\n")
    for reply in (f"{header}{body}\n", header):
        session = tripwire.popen.new_session().expect("spawn", returns=None)
        session.expect("reply", to=f"{head}\n".encode(), returns=reply.encode())
        session.expect("signal", returns=None)

    def program() -> Any:
        with git.Repo(repository) as repo:
            commits = [
                (one.hexsha, one.message, one.author.name) for one in repo.iter_commits("HEAD", max_count=2)
            ]
            return commits, repo.rev_parse("HEAD").hexsha

    assert children.use(program) == ([(head, "begin\n", "Ada")], head)
    assert_git("rev-list", "--max-count=2", "HEAD", "--", cwd=repository)
    for option in ("--batch", "--batch-check"):
        tripwire.popen.assert_spawn(
            command=["git", "cat-file", option], stdin=PIPE, cwd=repository, env=PLAIN
        )
    for _ in range(2):
        tripwire.popen.assert_stdin(data=f"{head}\n")
        tripwire.popen.assert_signal(signal=signal.SIGTERM)


def test_errors_are_translated(children: Children, repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "fatal: Needed a single revision\n"
    command = ["git", "rev-parse", "--verify", "nowhere"]
    tripwire.subprocess.mock_run(command, returncode=128, stderr=words)
    error = children.error(GitCommandError, lambda: git.Git(repository).rev_parse("nowhere", verify=True))
    assert (error.status, error.command, words.strip() in error.stderr) == (128, command, True)
    assert_git(*command[1:], cwd=repository, returncode=128, stderr=words)

    monkeypatch.setattr(git.Git, "GIT_PYTHON_GIT_EXECUTABLE", "/nowhere/git")
    missing = FileNotFoundError(2, "No such file or directory", "/nowhere/git")
    tripwire.subprocess.mock_run(["/nowhere/git", "version"], raises=missing)
    children.error(GitCommandNotFound, lambda: git.Git(repository).version())
    tripwire.subprocess.assert_run(["/nowhere/git", "version"], raises=FileNotFoundError, cwd=repository)


def test_a_command_that_takes_too_long_is_killed_by_a_thread(children: Children, repository: str) -> None:
    slow = python("import time; print('begun', flush=True); time.sleep(60)")
    search = ["pgrep", "-P", tripwire.subprocess.any_args]
    session = tripwire.popen.new_session().expect("spawn", returns=None)
    session.expect("stdout", returns=b"begun\n").expect("signal", returns=None)
    tripwire.subprocess.mock_run(search, returncode=1)

    def program() -> Any:
        return git.Git(repository).execute(slow, kill_after_timeout=0.2, output_stream=io.BytesIO())

    error = children.error(GitCommandError, program)
    assert (error.status, "did not complete in 0.2 secs" in error.stderr) == (-signal.SIGKILL, True)
    tripwire.popen.assert_spawn(command=slow, stdin=DEVNULL, cwd=repository, env=PLAIN)
    with tripwire.in_any_order():
        tripwire.subprocess.assert_run(search, returncode=1)
        tripwire.popen.assert_signal(signal=signal.SIGKILL)


def test_what_really_happens_is_recorded(repository: str) -> None:
    tripwire.subprocess.pass_through(["git", tripwire.subprocess.any_args], times=2)
    with tripwire.sandbox():
        commands = git.Git(repository)
        assert commands.log("--format=%s by %an") == "begin by Ada"
        with pytest.raises(GitCommandError):
            commands.checkout("nowhere")
    assert_git("log", "--format=%s by %an", cwd=repository, returncode=0, stdout="begin by Ada\n")
    words = "error: pathspec 'nowhere' did not match any file(s) known to git\n"
    assert_git("checkout", "nowhere", cwd=repository, returncode=1, stderr=words)


def test_trips_cannot_be_hidden(children: Children, repository: str) -> None:
    def program() -> Any:
        commands = git.Git(repository)
        try:
            commands.push("origin", force=True)
        except GitCommandError:
            return commands.fetch()

    assert children.hidden_trips(program) == [
        "1 trip never reached the test:",
        f"  - UnmockedInteractionError: subprocess.Popen: git push --force origin (in {repository})",
    ]

"""Shared by all test suites of the workspace."""

pytest_plugins = ["pytester"]

"""The examples are tested where they lie, but for one."""

collect_ignore = ["custom_plugin"]  # it is to be installed first: integration-tests/installation does

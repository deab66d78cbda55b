def pytest_runtest_logreport(report):  # type: ignore[no-untyped-def]
    """Write down what became of a test, for the suite outside."""
    import json

    line = {
        "test": report.nodeid,
        "when": report.when,
        "outcome": report.outcome,
        "text": str(report.longrepr),
    }
    line["verified"] = (getattr(report, "tripwire", None) or {}).get("verified")
    with open("reports.jsonl", "a") as file:
        print(json.dumps(line), file=file)

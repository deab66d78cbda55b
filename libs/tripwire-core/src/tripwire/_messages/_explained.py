"""Cause and remedy of every error, by the code its message names; read by `_help`."""

TEXT = """
unmocked-interaction: tripwire.UnmockedInteractionError

The program made a call inside the sandbox, and no mock and no script step answers it.

Either the call was never mocked, or a mock is there and does not fit. The message names the nearest mocks, and in
what each of them differs from the call. A mock serves one call unless it says otherwise, so it may also be used up.

- Should the program make this call? Then mock it. The message ends with code to paste before the sandbox, or with the
  step to add to a session.
- Is a mock near? Correct the argument that the message names, or give the mock `times=` where the call is repeated.
- Should the program not make this call? Then the test has found a defect of the program.


wrong-arguments: tripwire.WrongArgumentsError

A mock was called with arguments that the real thing would not take.

A mock in the place of something, or one with `spec=`, checks each call against the signature of the real thing. In
production this call would raise a `TypeError`.

- Mend the call in the program.
- If the real thing takes the call after all, because its signature does not tell the truth, give the mock another
  `spec=`.


invalid-state: tripwire.InvalidStateError

The next step of a scripted session cannot be taken in the state the session is in.

A session is a script of one connection or one process, and its steps have an order that the real thing has too: a
connection is opened before it is used, and a process is started before it ends.

- Put the steps into an order that can happen. The message names the step, where it was scripted, and the state that
  it needs.
- Give each connection or process a session of its own, by one more `new_session()`.


sandbox-not-active: tripwire.SandboxNotActiveError

A call could not be given to any open sandbox.

A mock, a scripted connection and a scripted process have nothing real behind them, so a call on them needs the
sandbox of their test to be open. Other calls end here where several verifiers have a sandbox open and the call
belongs to none of them, or where a forked child process makes them.

- Make the call inside `with tripwire:`.
- Start the thread or event loop that makes the call inside the sandbox.
- Instead of forking, let the test use threads, or call what the child runs.


post-sandbox-interaction: tripwire.PostSandboxInteractionError

A task or thread that was started inside a sandbox made a call after the sandbox had closed.

The program started work and did not wait for its end. Without tripwire such a call goes out at some moment of a later
test.

- Await the task, or join the thread, before the sandbox ends.
- If the work is to go on for ever, let the test stop it before the sandbox ends.


swallowed-trip: tripwire.SwallowedTripError

A trip was raised while the program ran, and never reached the test.

The program caught the trip, often by `except Exception`, or raised it in a thread or in a task that nobody awaits.
The message says where it was swallowed, and shows the trip itself below.

- Mock the call, as the trip's own message says.
- If the test is about how the program takes an error, let the mock raise one: `raises=` for a script step,
  `mock_error` for HTTP, `.raises(...)` for a mock.
- If the test is about the trip itself, expect it: `with tripwire.expect_trip(tripwire.UnmockedInteractionError):`.


no-trip: AssertionError

The test expected a trip by `expect_trip`, and there was none of that kind.

Each call in that block was answered, or the program no longer makes the call.

- Take `expect_trip` away, if the calls are mocked now.
- Name the kind of trip that you expect; without a name, every kind counts.


assertion-inside-sandbox: tripwire.AssertionInsideSandboxError

An interaction was asserted while a sandbox of the test was still open.

As long as the sandbox is open the program may go on calling, so nothing can be said about the order of its calls.

- Assert after the `with tripwire:` block.
- In a fixture that holds the sandbox open until its `yield` returns, assert after the `yield`.


interaction-mismatch: tripwire.InteractionMismatchError

An assertion does not describe the next interaction.

Interactions are asserted in the order in which they happened. Either the next one is another call, or it is this call
and a field differs: the message shows what was asserted beside what happened.

- If what happened is right, assert that: the message has the code.
- If what was asserted is right, the test has found a defect of the program.
- If the order does not matter, as with concurrent calls, assert inside `with tripwire.in_any_order():`.
- If a value cannot be known, assert it by a matcher such as `mock.ANY` of `unittest.mock`.


missing-assertion-fields: tripwire.MissingAssertionFieldsError

An assertion leaves out a field that it must state.

Some fields are too important to be passed over: the body of a request that has one, the exception of a call that
raised.

- State the field. The message has the whole assertion.
- If any value will do, write `mock.ANY` of `unittest.mock`.


unasserted-interactions: tripwire.UnassertedInteractionsError

The program made calls that were answered, and the test asserted nothing about them.

A test that does not say what was called passes whatever was called: with a wrong amount, twice, or for somebody else.

- Assert each call after the sandbox. The message has the code; read it before you paste it.
- If the program should not have made a call, the test has found a defect of the program.


unused-mocks: tripwire.UnusedMocksError

The test registered mocks or script steps that no call used.

The program does not make the call that the mock describes, or no longer, or another mock has answered it.

- Take the mock away, if the program is not to make the call.
- Mend the program or the test, if it is.
- Where it depends on circumstances whether the call is made, register the mock with `required=False`, or for a mock
  of Python objects by `.required(False)`.
- A name such as `tripwire.mock("json.dumps")` replaces nothing. With a colon, `tripwire.mock("json:dumps")`, it does.


lying-mock: tripwire.LyingMockError

A mock says of the world what is not true: found by `pytest --tripwire-verify`.

The run holds each mock that has answered against what `[tool.tripwire.verify]` names: a real server, a document, a
program, or the signature and annotations of the real object. The message says what the mock claims, what is true, and
where the mock stands. The program may work with the mock and fail in production.

- Let the mock say what is true; then see whether the program still passes its test.
- Does the real thing differ from what the configuration names, such as a schema that is not loaded? Correct that.
- Is the lie the purpose of the test, such as a server that breaks its own contract? Run that test without the option.


truth-unreachable: tripwire.verifying.TruthError

What mocks are to be held against, under `pytest --tripwire-verify`, cannot be asked.

A server does not answer, a fixture is missing or fails, or a file cannot be loaded. The claims that it would have
judged are counted as unchecked, and the first test that needed it fails: a run that checks nothing must not pass.

- Start the server, or correct the setting in `[tool.tripwire.verify]` that the message names.
- Let a fixture that gives the address have the scope `session`, in the conftest.py at the root.


verification: tripwire.VerificationError

A test left more than one thing open, and the message tells of each.

It stands for several errors: swallowed trips, interactions that were not asserted, mocks that were not used.

- Begin at the top: a swallowed trip is often the cause of what stands below it.


trip: tripwire.TripError

The base class of trips: errors that the program under test causes while it runs.

Trips are UnmockedInteractionError, WrongArgumentsError, InvalidStateError, SandboxNotActiveError and
PostSandboxInteractionError. Each of them fails the test also where the program swallows it.

- Look up the code of the trip itself.


no-active-verifier: tripwire.NoActiveVerifierError

Tripwire was used where no test is running.

What tripwire catches belongs to one test. At import time there is no test yet, and a fixture of a wider scope than
`function` serves several.

- Use tripwire in the test, or in a function-scoped fixture.
- Give a wider fixture function scope, or let it prepare only what does not need tripwire.
- Outside pytest, or with `-p no:tripwire`, make a `tripwire.StrictVerifier()` of your own.


conflict: tripwire.ConflictError

Somebody else has patched a name that tripwire patches, or stands in its way.

If two tools replace one function, calls reach only one of them, and a test may pass that checks nothing. The message
names the function and, as far as it can be told, who has patched it.

- Mock the call by one tool, in this test at least.
- If the other patch must stay, open the sandbox before it is made.
- A transparent wrapper, such as the instrumentation of a tracing library, can be named in `allow_patchers` under
  `[tool.tripwire]`.
- `python -m tripwire doctor` shows who holds each function.


installation-conflict: tripwire.ConflictError

Installed distributions do not go together.

All distributions of tripwire share one version. A second distribution may offer a plugin of the same name, or may
have an import package `tripwire` of its own.

- Run the command that the message ends with.
- `python -m tripwire doctor` lists the distributions and what is wrong with them.


configuration: tripwire.TripwireConfigError

`[tool.tripwire]` in pyproject.toml says something that tripwire does not understand.

A misspelt setting would be silently without effect, so it is an error before the first test. The message names the
file, the setting, and the nearest one that exists.

- Correct the setting, or take it away.
- If it belongs to a plugin, see whether the plugin is installed: `python -m tripwire doctor`.


unmet-patcher: a line of pytest's summary

`allow_patchers` names a patcher that has patched nothing in this run.

The name may be misspelt, or the tool may not be in use any more. In a run of a few tests it may just not have been met.

- Take the name away, or correct it: it is the name of a package, as a conflict names it.


broken-plugin: tripwire.TripwireError

A plugin cannot be imported, is not what a plugin must be, or fails in its own code.

Every installed plugin is active in every sandbox, so one that does not work cannot be passed over in silence.

- Mend the plugin, or upgrade its distribution.
- Name it under `disabled_plugins` in `[tool.tripwire]`, if you can do without it.


unsupported-version: tripwire.TripwireError

A library, or Python itself, is no longer what a plugin knows.

Some plugins catch calls at a function that is not public. When a new version moves it, tripwire says so instead of
letting calls through.

- Use a version that is supported: `python -m tripwire doctor` lists them.
- Upgrade tripwire.
- Name the plugin under `disabled_plugins` in `[tool.tripwire]`; what it would catch is then real.


untested-version: a line of pytest's summary

A library is installed in a version that the tests of tripwire have not run with.

Most versions work all the same. One that has moved what a plugin holds on to gives an error of its own, which is
unsupported-version.

- Look up the supported versions: `python -m tripwire doctor` shows them beside what is installed.
- Install a version that is among them, or upgrade tripwire.


missing-plugin: AttributeError

A plugin that the test uses is not installed, or is disabled.

`tripwire.http`, `tripwire.asyncpg` and the others come from distributions of their own.

- Install what the message names.
- If it is installed, look at `enabled_plugins` and `disabled_plugins` in `[tool.tripwire]`.
- `python -m tripwire doctor` lists the plugins and their state.


wrong-use: TypeError, ValueError, AttributeError or ImportError

A function of tripwire was given something that it cannot work with.

Mocks, steps and assertions are checked where they are written, so that the error stands in your line and not deep in
the program under test. A step may be misspelt, a value may be of a wrong type, or nothing may be at an import path.

- The message names the argument, what was given, and what would do; often also the nearest name that exists.


still-at-work: tripwire.TripwireWarning

A thread or task that was started inside the sandbox is still at work when the test is over.

From then on nothing is caught: its calls are real.

- Join the thread, or await or cancel the task, in the test or in a fixture.
- Let the program stop its workers, and call that at the end of the test.


unreleased-connection: tripwire.TripwireWarning

A connection that was acquired from a pool had not been released when the sandbox closed.

In production such a connection is lost to the pool, and when all are lost the program stands still.

- Use `async with pool.acquire() as connection:`, or release the connection in a `finally`.


tripwire: tripwire.TripwireError

The base class of all errors of tripwire.

Code that catches it catches all of them, and may hide what a test is about.

- Look up the code of the error itself.
"""

"""`--tripwire-fix` and `--tripwire-record`: the machine writes the test. Imported only where one of them is given."""

#!/usr/bin/env python3
"""A program whose help is known: `tool` and its subcommand `tool send`."""

import sys
from pathlib import Path

HELP = """usage: tool [--verbose] [--config FILE] COMMAND

  -v, --verbose          say more
  -q, --[no-]quiet       say less, or not
  -c, --config FILE      where the settings are
      --colour[=WHEN]    colours
      --level=NUMBER     how much
      --no-cache         fetch all
      --log.format TEXT  of the log
"""
SEND = "N\bNA\bAM\bME\bE\n  \x1b[1m\u2212\u2212to\x1b[0m ADDRESS\n  --dry-run\n  --reply-to ADDRESS\n"

with (Path(__file__).parent.parent / "asked").open("a") as file:
    print(*sys.argv[1:], file=file)
match sys.argv[1:]:
    case ["--help"]:
        print(HELP, file=sys.stderr)
        sys.exit(2)
    case ["send", "-h"]:
        print(SEND)

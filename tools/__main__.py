"""``python3 -m tools COMMAND``."""

import sys

from .cli import main

sys.exit(main())

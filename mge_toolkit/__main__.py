"""Makes ``python -m mge_toolkit`` do what ``mge`` does."""

import sys

from mge_toolkit.cli import main

if __name__ == "__main__":
    sys.exit(main())

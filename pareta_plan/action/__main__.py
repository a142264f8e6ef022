"""The process behind action.yml: `python -I -m pareta_plan.action`."""

import os
import sys

from pareta_plan.action.action import main

if __name__ == "__main__":
    sys.exit(main(os.environ))

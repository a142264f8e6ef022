"""The process `pareta-plan`; `python -m pareta_plan` is the same."""

import gc
import os
import signal
import sys

from pareta_plan.cli.answers import answered


def main() -> None:
    """Be the command line. An interrupt while it loads ends it without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    if answered(sys.argv[1:]):
        return
    # Pydantic looks through all that is installed for plugins, of which this process wants none
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # and httpx brings a command line of its own, with all of rich, where that is installed
    sys.modules["httpx._main"] = None  # type: ignore[assignment]
    gc.set_threshold(100_000, 50, 100)  # a short process can spare most garbage collection
    from pareta_plan.cli.main import process

    process()


if __name__ == "__main__":
    main()

"""The process `pareta-plan`; `python -m pareta_plan` is the same."""

import signal


def main() -> None:
    """Be the command line. An interrupt while it loads ends it without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from pareta_plan.cli.main import process

    process()


if __name__ == "__main__":
    main()

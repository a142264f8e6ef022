"""`python -m pareta_plan` is `pareta-plan`."""

from pareta_plan.cli import main

if __name__ == "__main__":
    main()

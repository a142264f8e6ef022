"""`python -m pareta_plan` is `pareta-plan`."""

from pareta_plan.cli import process

if __name__ == "__main__":
    process()

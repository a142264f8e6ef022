# discovery-guide: Finding the right model
# fmt: off
# ruff: noqa
# The snippet:
from pareta_plan import Pareta

pa = Pareta.from_env()   # reads PARETA_API_KEY (and optional PARETA_BASE_URL)

"""The Pareta platform from Python: `Pareta`, and `AsyncPareta` with the same resources.

    from pareta_plan import Pareta

    pa = Pareta.from_env()
    match = pa.tasks.match("extract key fields from contracts")

Both faces are one implementation: a resource's method is written once, as a generator of
what is to be sent (`steps`), and a driver for blocking or for asynchronous HTTP runs it. It knows
the wire's values and the errors, and nothing of projects.
"""

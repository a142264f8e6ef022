"""The one language model that is shipped: its weights, and llama.cpp inside the process.

May know the user's cache and what a slow step is told to.
"""

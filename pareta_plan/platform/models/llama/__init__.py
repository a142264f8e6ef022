"""The language model that is shipped. May know what a model is, and the user's cache."""

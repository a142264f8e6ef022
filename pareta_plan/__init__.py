"""Choose, prove and deploy models by pull request."""

__version__ = "0.1.0"

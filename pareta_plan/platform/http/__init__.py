"""Requests taken apart and answered. May know the platform's parts and the web framework."""

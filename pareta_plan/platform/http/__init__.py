"""The routes: requests taken apart, handed to the platform, and answered.

May know the platform's parts and the web framework; nothing but the server knows it.
"""

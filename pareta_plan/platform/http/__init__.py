"""HTTP: the table of routes, reading requests, writing answers, and the OpenAPI document."""

"""Our own wire: shares, policies explained, accounts. JSON below /-/api/v1, see docs/api.md.

Read handle.py first. An endpoint is declared with its action; one without does not import.
"""

"""The wire of the ledger: JSON over HTTP below /-/api/v1, as docs/api.md tells it.

Read handle.py first. An endpoint is declared with its action; one without does not import.
"""

"""Moving a whole installation, while it serves, onto other stores: a catalog, its blobs, its key.

This layer works on stores and not over the wire, since no wire shows everything: sealed secrets,
counts of shares, the log. Nothing here ever serves a request.
"""

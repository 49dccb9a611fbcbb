"""Shares as a service: issued, used, watched and taken back; everything that happens written down.

This package never speaks a wire and never asks a policy: `api`, `s3` and `web` do, and call it.

    service   Ledger: what one process holds of it; `server.ledger`
    issue     issue(ledger, issuer, drafts, place, now) -> Issued: share, short link, raw link
    owning    what owners do: find, change, raw_link, revoke, revoke_link, log; Scope: whose
    visits    look_in, begin: a use, admitted or not, counted to the last byte
    doors     what the pages behind a short link need: open, knock, enter
    bookings  uses of shares with limits, race-free
    underway  downloads that are cut when their share ends
    journal   the audit log on its way
    pruning   what the steward does
"""

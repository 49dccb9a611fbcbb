"""Shares and requests as a service: issued, used, watched, taken back; all of it written down.

This package never speaks a wire and never asks a policy: `api`, `s3` and `web` do, and call it.

    service   Ledger: what one process holds of it; `server.ledger`
    issue     issue(ledger, issuer, drafts, place, now) -> Issued: share, short link, raw link
    owning    what owners do: find, change, raw_link, revoke, revoke_link, log; Scope: whose
    links     mint: pre-signed URLs of a share's own key; forms: sign_form, for uploads
    visits    look_in, begin: a download, admitted or not, counted to the last byte
    bookings  downloads with limits, and deposits: uploads; race-free, by turns
    lapses    what nobody keeps up is given back
    underway  what is cut when its share ends
    revoked   pre-signed URLs that were taken back
    journal   the audit log on its way
    passwords hashed slowly, checked few at a time
    pruning   what the steward does
"""

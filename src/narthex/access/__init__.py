"""Who may do what, told to people: one decision with all that led to it, and everyone who may.

The decisions are those of `s3/question.py` and the policy engine; this package asks them about
callers that are named and not signed for. It never changes anything.

    callers    a name to an identity
    explain    one access: allowed or denied, by which statement, and what stood in the way
    holders    everyone who may: users and roles, accounts, the public, and live shares
"""

"""The query protocol that IAM and STS speak: a form in, an XML document out, actions by name.

This package never knows a user, a role or a session: `iam/` and `sts/` declare what there is.
"""

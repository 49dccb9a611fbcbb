"""IAM on the wire: users, groups, roles, policies and keys, one file per noun in `operations`."""

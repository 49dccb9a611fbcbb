"""Acts of administration leave one entry of the audit log each, in their own transaction."""

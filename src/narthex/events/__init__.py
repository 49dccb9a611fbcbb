"""Telling those who want to know: targets, and the engine that delivers to them.

What happened is written in the transaction of the change (`catalog.deliveries.enqueue`); the
steward delivers it, at least once, in order for each lane, until it is taken or too old.
"""

"""The kinds of targets, one file each; every file registers itself with `events.registry`."""

"""The host of functions: one process on each machine that runs what it is asked to.

This package never decides who may invoke: whoever can reach its socket has been let in already.
"""

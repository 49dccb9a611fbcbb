"""Reading a file that nobody trusts: text and traits, in a process of its own, within limits.

`python -m narthex.review.reading` is that process: it locks itself in before the first byte, and
answers with findings. Nothing here is run in a server's process but by tests.
"""
